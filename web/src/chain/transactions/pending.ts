/** Transactions on their way, kept over a reload of the page, so that nobody sends the same twice. */
import type { Hex } from "viem";
import type { ChainReader } from "../reader";
import { nextId, notify } from "./session";

const KEY = "deltaml-pending";

export interface PendingTransaction {
  readonly hash: Hex;
  readonly chainId: number;
  readonly title: string;
  readonly done: string;
}

export function remember(transaction: PendingTransaction): void {
  write([...pending(), transaction]);
}

export function forget(hash: Hex): void {
  write(pending().filter((each) => each.hash !== hash));
}

/** Waits again for what was on its way when the page was left. */
export async function resumePending(reader: ChainReader): Promise<void> {
  const mine = pending().filter((each) => each.chainId === reader.network.chainId);
  await Promise.all(mine.map((each) => resume(reader, each)));
}

async function resume(reader: ChainReader, { hash, title, done }: PendingTransaction): Promise<void> {
  const id = nextId();
  notify({ id, kind: "sent", text: title, hash });
  try {
    const receipt = await reader.client.waitForTransactionReceipt({ hash });
    if (receipt.status === "success") notify({ id, kind: "done", text: done, hash, block: receipt.blockNumber });
    else notify({ id, kind: "failed", text: `${title}: it failed in its block.`, hash });
  } catch {
    notify({ id, kind: "failed", text: `${title}: no block has taken it yet. Look at it in your wallet.`, hash });
  } finally {
    forget(hash);
  }
}

function pending(): readonly PendingTransaction[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as PendingTransaction[]) : [];
  } catch {
    return [];
  }
}

function write(transactions: readonly PendingTransaction[]): void {
  sessionStorage.setItem(KEY, JSON.stringify(transactions));
}
