/** What `useTransaction` is about to send or is sending: one at a time, drawn by the sheet and the toasts of ui. */
import type { Hex, TransactionReceipt } from "viem";
import type { ExplainedCall } from "./call";
import type { Plan } from "./plan";

/**
 * checking: simulated on the chain. blocked: it would fail, `why` says how; `isShort`: for want of tokens. ready: waiting for the person.
 * permitting, approving: the wallet is asked to let the contract take tokens. confirming: the wallet is asked to send.
 */
export type Stage =
  | { readonly kind: "no-wallet" }
  | { readonly kind: "wrong-network" }
  | { readonly kind: "checking" }
  | { readonly kind: "blocked"; readonly why: string; readonly isShort: boolean }
  | { readonly kind: "ready"; readonly plan: Plan }
  | { readonly kind: "permitting"; readonly plan: Plan }
  | { readonly kind: "approving"; readonly plan: Plan; readonly hash?: Hex }
  | { readonly kind: "confirming"; readonly plan: Plan };

/** What became of it. dropped: no block took it for a long time, and it may still come. */
export type TransactionResult =
  | { readonly status: "confirmed"; readonly receipt: TransactionReceipt }
  | { readonly status: "cancelled" }
  | { readonly status: "failed"; readonly why: string };

export interface Request {
  readonly id: number;
  readonly explained: ExplainedCall;
  readonly stage: Stage;
  /** The person agreed: go on to the wallet. */
  readonly agree: () => void;
  readonly cancel: () => void;
  /** Simulate again, after a deposit or a change of network. */
  readonly retry: () => void;
}

/** News of one transaction for its toast. `id` stays the same from the first to the last. */
export type Notice =
  | { readonly id: number; readonly kind: "sent"; readonly text: string; readonly hash: Hex }
  | { readonly id: number; readonly kind: "done"; readonly text: string; readonly hash: Hex; readonly block: bigint }
  | { readonly id: number; readonly kind: "neutral"; readonly text: string }
  | { readonly id: number; readonly kind: "failed"; readonly text: string; readonly hash?: Hex };

type Listener<T> = (value: T) => void;

let current: Request | null = null;
let counter = 0;
const requestListeners = new Set<() => void>();
const noticeListeners = new Set<Listener<Notice>>();

export function nextId(): number {
  counter += 1;
  return counter;
}

export function currentRequest(): Request | null {
  return current;
}

export function setRequest(request: Request | null): void {
  current = request;
  for (const listener of requestListeners) listener();
}

export function subscribeRequest(listener: () => void): () => void {
  requestListeners.add(listener);
  return () => requestListeners.delete(listener);
}

export function notify(notice: Notice): void {
  for (const listener of noticeListeners) listener(notice);
}

export function subscribeNotices(listener: Listener<Notice>): () => void {
  noticeListeners.add(listener);
  return () => noticeListeners.delete(listener);
}
