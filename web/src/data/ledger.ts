/** What has been learnt of one data set, in the words of the budget: which rounds went out and what they cost. */
import { budgetLeft, type PrivacyBudget, spentEpsilon } from "../core/budget";
import { factsOf, muOfRelease, type Release, roundRelease } from "../core/privacy";
import { MICRO, sizeOf, type TaskSpec } from "../core/spec";
import type { PrivacyCap } from "./policy";

/**
 * One round that went out. squaredMu is infinite for a round without noise: then `facts` says how many linear equations
 * about the update are known, the numbers opened about this trainer alone.
 */
export interface LedgerEntry {
  readonly task: string;
  readonly round: number;
  readonly squaredMu: number;
  readonly facts: number;
  readonly at: bigint;
}

/** Reservations by task and rounds that went out, of one data set. */
export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  /** Squared mu put aside for each task that was joined and is not over. */
  readonly reserved: Readonly<Record<string, number>>;
}

export const EMPTY_LEDGER: Ledger = { entries: [], reserved: {} };

/** What a round of this task shows of the data when `noiseMicro` or more is added. */
export function releaseOf(spec: TaskSpec, noiseMicro: number): Release {
  return roundRelease(sizeOf(spec), spec.clipNormMicro / MICRO, Math.max(spec.noiseMicro, noiseMicro) / MICRO);
}

/** The ledger as a budget under a cap. */
export function budgetOf(ledger: Ledger, cap: PrivacyCap): PrivacyBudget {
  return { ...cap, spent: squaredMuOf(ledger), reserved: ledger.reserved };
}

/** Epsilon at this delta of all rounds that went out; infinite when one went out without noise. */
export function epsilonSpent(ledger: Ledger, delta: number): number {
  return spentEpsilon({ epsilon: 1, delta, spent: squaredMuOf(ledger), reserved: {} });
}

/** Whether `rounds` more of these rounds fit under the cap, besides what other tasks have put aside. */
export function fits(ledger: Ledger, cap: PrivacyCap, task: string, release: Release, rounds: number): boolean {
  const { [task]: _own, ...others } = ledger.reserved;
  const cost = rounds * muOfRelease(release) ** 2;
  return cost <= budgetLeft({ ...budgetOf(ledger, cap), reserved: others });
}

/** Puts aside what a task may cost at most. */
export function withReservation(ledger: Ledger, task: string, release: Release, rounds: number): Ledger {
  const cost = rounds * muOfRelease(release) ** 2;
  return { ...ledger, reserved: { ...ledger.reserved, [task]: cost } };
}

/** A round went out; told twice, it counts once. */
export function withRound(ledger: Ledger, task: string, round: number, release: Release, at: bigint): Ledger {
  if (ledger.entries.some((entry) => entry.task === task && entry.round === round)) return ledger;
  const squaredMu = muOfRelease(release) ** 2;
  const reserved = Math.max(0, (ledger.reserved[task] ?? 0) - squaredMu);
  return {
    entries: [...ledger.entries, { task, round, squaredMu, facts: factsOf(release), at }],
    reserved: Number.isNaN(reserved) ? ledger.reserved : { ...ledger.reserved, [task]: reserved },
  };
}

/** A task is over, or its consent withdrawn. */
export function withoutReservation(ledger: Ledger, task: string): Ledger {
  const { [task]: _freed, ...others } = ledger.reserved;
  return { ...ledger, reserved: others };
}

function squaredMuOf(ledger: Ledger): number {
  return ledger.entries.reduce((total, entry) => total + entry.squaredMu, 0);
}
