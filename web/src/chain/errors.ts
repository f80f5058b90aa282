/** What went wrong, as a sentence. */
import {
  BaseError,
  decodeErrorResult,
  type Hex,
  HttpRequestError,
  isHex,
  TimeoutError,
  UserRejectedRequestError,
  WaitForTransactionReceiptTimeoutError,
} from "viem";
import { ERROR_ABI, type KnownErrorName, SENTENCES } from "./error-sentences";
import type { Network, Token } from "./network";

/** rejected: the person said no, which is no error. refused: the contract would not, or did not, do it. */
export type ErrorKind = "rejected" | "refused" | "unreachable" | "unknown";

export interface Explanation {
  readonly kind: ErrorKind;
  readonly sentence: string;
  /** Name of the contract's error, for those who look it up. */
  readonly errorName?: string;
}

/** Tokens that amounts in errors are of. */
export interface ErrorContext {
  readonly stake: Token;
  /** The task's reward token, where there is one. */
  readonly reward?: Token;
}

export const REJECTED = "Nothing was sent.";
const UNREACHABLE = "The chain does not answer. Check your connection; what you see may be old.";
const REJECTED_CODES = new Set([4001, 5000]);

export function errorContext(network: Network, reward?: Token): ErrorContext {
  return reward ? { stake: network.stakeToken, reward } : { stake: network.stakeToken };
}

/** A sentence for anything that a read, a simulation, a wallet or a receipt may throw. */
export function explainError(error: unknown, context: ErrorContext): Explanation {
  if (isRejection(error)) return { kind: "rejected", sentence: REJECTED };
  const data = revertData(error);
  if (data !== null) return explainRevert(data, context);
  if (isUnreachable(error)) return { kind: "unreachable", sentence: UNREACHABLE };
  const words = error instanceof BaseError ? error.shortMessage : error instanceof Error ? error.message : "";
  const funds = /insufficient funds|exceeds the balance of the account/i.test(words + detailsOf(error));
  if (funds) return { kind: "refused", sentence: "There is not enough ether in the wallet for this and its gas." };
  if (/revert/i.test(words)) return { kind: "refused", sentence: `The contract refused: ${words}` };
  return { kind: "unknown", sentence: words || "Something went wrong, and nothing says what. Try again." };
}

/** What a contract's revert data say. */
export function explainRevert(data: Hex, context: ErrorContext): Explanation {
  if (data === "0x") return { kind: "refused", sentence: "The contract refused without giving a reason." };
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: ERROR_ABI, data });
    if (errorName === "Error")
      return { kind: "refused", sentence: `The contract refused: ${String(args[0])}`, errorName };
    if (errorName === "Panic") {
      return { kind: "refused", sentence: `The contract failed with panic code ${String(args[0])}.`, errorName };
    }
    // The table has a function for each name with that error's own arguments; a union of names loses the pairing.
    const say = SENTENCES[errorName as KnownErrorName] as (args: readonly unknown[], context: ErrorContext) => string;
    return { kind: "refused", sentence: say(args, context), errorName };
  } catch {
    return {
      kind: "refused",
      sentence: `The contract refused with an error this page does not know: ${data.slice(0, 10)}.`,
    };
  }
}

export function isRejection(error: unknown): boolean {
  return walk(error, (each) => {
    if (each instanceof UserRejectedRequestError) return true;
    return typeof each === "object" && each !== null && "code" in each && REJECTED_CODES.has(Number(each.code));
  });
}

/** True when nobody knows what became of a transaction: it may still be mined. */
export function isStillPending(error: unknown): boolean {
  return walk(error, (each) => each instanceof WaitForTransactionReceiptTimeoutError);
}

/** Revert data anywhere inside an error; null when there are none. */
export function revertData(error: unknown): Hex | null {
  let found: Hex | null = null;
  walk(error, (each) => {
    const data = dataOf(each);
    if (data === null) return false;
    found = data;
    return true;
  });
  return found;
}

function dataOf(value: unknown): Hex | null {
  if (typeof value !== "object" || value === null || !("data" in value)) return null;
  const { data } = value;
  if (isHex(data) && data.length >= 10 && data.length % 2 === 0) return data;
  // Some nodes and wallets nest: { data: { data: "0x…" } } or { data: { originalError: … } }.
  if (typeof data === "object" && data !== null) {
    return dataOf(data) ?? ("originalError" in data ? dataOf(data.originalError) : null);
  }
  return null;
}

function isUnreachable(error: unknown): boolean {
  return walk(
    error,
    (each) =>
      each instanceof HttpRequestError ||
      each instanceof TimeoutError ||
      (each instanceof TypeError && /fetch|network/i.test(each.message)),
  );
}

function detailsOf(error: unknown): string {
  return error instanceof BaseError ? ` ${error.details}` : "";
}

function walk(error: unknown, holds: (each: unknown) => boolean): boolean {
  for (let each = error, depth = 0; each !== undefined && each !== null && depth < 12; depth += 1) {
    if (holds(each)) return true;
    each = typeof each === "object" && "cause" in each ? each.cause : undefined;
  }
  return false;
}
