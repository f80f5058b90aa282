/** What rounds owe a trainer or a member, to the wei as the contract computes it (`Payouts.sol`), and claims of it. */
import type { Address } from "viem";
import { HARMFUL, MISSED, merkleProof, scoreLeaves, unpackScores } from "../core/score-tree";
import { eventsNamed, type MarketEvent } from "./events";
import type { Network } from "./network";
import { isRoundFinal } from "./status";
import { type Claim, Dispute, type Round, type Task, type Trainer } from "./types";

export type Mark = "missed" | "harmful" | null;

/** One round of one trainer. `reward` in wei of the reward token, `stakeShare` in wei of stake. */
export interface RoundEarning {
  readonly round: number;
  readonly word: bigint;
  readonly mark: Mark;
  /** Part of the round's positive scores, 0 to 1; for drawing only. */
  readonly share: number;
  readonly reward: bigint;
  readonly stakeShare: bigint;
  readonly final: boolean;
  readonly claimed: boolean;
}

/** Score words of each revealed round, in the order of joining. */
export type ScoreBook = ReadonlyMap<number, readonly bigint[]>;

export function scoreBook(events: readonly MarketEvent[]): ScoreBook {
  const reveals = eventsNamed(events, "RoundRevealed");
  return new Map(reveals.map(({ args }) => [Number(args.round), unpackScores(args.scores)]));
}

export function markOf(word: bigint): Mark {
  if (word === MISSED) return "missed";
  return word === HARMFUL ? "harmful" : null;
}

/** A word's part of all positive scores, 0 to 1. */
export function shareOf(word: bigint, totalScore: bigint): number {
  if (markOf(word) !== null || totalScore === 0n) return 0;
  return Number((word * 1_000_000n) / totalScore) / 1_000_000;
}

/** Every revealed round of a trainer, in order. `claimed`: bit r for round r. `now`: chain time in seconds. */
export function earningsOf(
  task: Task,
  rounds: readonly Round[],
  scores: ScoreBook,
  trainer: Trainer,
  claimed: bigint,
  now: number,
): readonly RoundEarning[] {
  return rounds.flatMap((round) => {
    const word = scores.get(round.number)?.[trainer.index];
    if (word === undefined) return [];
    return {
      round: round.number,
      word,
      mark: markOf(word),
      share: shareOf(word, round.totalScore),
      ...drawn(task, round, word, trainer),
      final: isRoundFinal(task, round, now),
      claimed: ((claimed >> BigInt(round.number)) & 1n) === 1n,
    };
  });
}

/** Final, not claimed, and worth something. */
export function isDue(earning: RoundEarning): boolean {
  return earning.final && !earning.claimed && (earning.reward > 0n || earning.stakeShare > 0n);
}

/** Claims with their proofs for the rounds given. */
export function claimsFor(
  network: Network,
  task: Task,
  scores: ScoreBook,
  trainer: Trainer,
  due: readonly RoundEarning[],
): readonly Claim[] {
  return due.map(({ round, word }) => {
    const leaves = scoreLeaves(network.chainId, network.market, task.id, round, scores.get(round) ?? []);
    return { round, score: word, proof: merkleProof(leaves, trainer.index) };
  });
}

/** What one trainer may collect of one task. */
export interface DueClaims {
  readonly task: Task;
  readonly claims: readonly Claim[];
  readonly reward: bigint;
  readonly stakeShare: bigint;
}

/** One claim costs about 30,000 gas at ten levels of proof; EIP-7825 caps a transaction at 2^24. */
export const CLAIMS_PER_TRANSACTION = 300;

/** The fewest transactions that collect everything: each a list of tasks with at most so many rounds in all. */
export function batchClaims(
  due: readonly DueClaims[],
  most = CLAIMS_PER_TRANSACTION,
): readonly (readonly DueClaims[])[] {
  const batches: DueClaims[][] = [];
  let room = 0;
  for (const each of due.filter(({ claims }) => claims.length > 0)) {
    if (each.claims.length > room) {
      batches.push([]);
      room = most;
    }
    batches.at(-1)?.push(each);
    room -= each.claims.length;
  }
  return batches;
}

/** What a member gets for settled rounds that he has not collected. `seat`: counted from 0. */
export function memberDue(rounds: readonly Round[], seat: number, claimed: bigint): MemberDue {
  let [fees, stakeShare] = [0n, 0n];
  const due: number[] = [];
  for (const round of rounds) {
    const matched = (round.matchedMask >> seat) & 1;
    const worked = ((round.openedMask & round.vouchedMask) >> seat) & 1;
    if (!round.settled || matched === 0 || (claimed >> BigInt(round.number)) & 1n) continue;
    const fee = worked ? round.feeShare : 0n;
    if (fee + round.slashShare === 0n) continue;
    fees += fee;
    stakeShare += round.slashShare;
    due.push(round.number);
  }
  return { rounds: due, fees, stakeShare };
}

export interface MemberDue {
  readonly rounds: readonly number[];
  readonly fees: bigint;
  readonly stakeShare: bigint;
}

/** The stake that comes free at `leave`: what was locked, less the penalties. */
export function stakeLeft(task: Task, trainer: Trainer): bigint {
  const { unitStake, missPenalty } = task.params;
  const stake = BigInt(trainer.units) * unitStake;
  return stake - BigInt(trainer.missed) * missPenalty - BigInt(trainer.harmed) * harmPenalty(task, trainer.units);
}

export function harmPenalty(task: Task, units: number): bigint {
  return (BigInt(units) * task.params.unitStake * BigInt(task.params.harmPenaltyBps)) / 10_000n;
}

export function sameAccount(a: Address | undefined, b: Address | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

function drawn(task: Task, round: Round, word: bigint, trainer: Trainer): { reward: bigint; stakeShare: bigint } {
  if (round.dispute === Dispute.Overturned) return { reward: 0n, stakeShare: fineTaken(task, round, word, trainer) };
  if (word === MISSED) return { reward: 0n, stakeShare: 0n };
  const part = (pot: bigint) => (word === HARMFUL || round.totalScore === 0n ? 0n : (pot * word) / round.totalScore);
  return { reward: part(round.basis), stakeShare: round.missShare + part(round.harmPot) };
}

/** Of an overturned round the penalty comes back; none was taken where nobody could have shared it. */
function fineTaken(task: Task, round: Round, word: bigint, trainer: Trainer): bigint {
  if (word === MISSED) return round.accepted > 0 ? task.params.missPenalty : 0n;
  return word === HARMFUL && round.totalScore > 0n ? harmPenalty(task, trainer.units) : 0n;
}
