/**
 * What the data client needs of the world: a chain to read, a wallet to write with, blocks, and something that trains.
 *
 * Plain data, no classes, so that the chain layer fits by shape alone. Amounts are wei of the token named, times are
 * seconds since the epoch, digests and recipients are bytes32 in hex, as the chain gives them. Addresses compare without
 * regard to case.
 */
import type { Hex } from "../core/bytes";
import type { LocalTraining } from "../core/training";

export type Address = Hex;

export type TaskStatus = "joining" | "training" | "completed" | "failed" | "cancelled";

/** `ITaskMarket.TaskParams`, as far as a trainer's decisions use it. */
export interface TaskTerms {
  readonly rewardToken: Address;
  readonly pool: bigint;
  readonly committeeId: bigint;
  readonly specDigest: Hex;
  readonly modelDigest: Hex;
  readonly rounds: number;
  readonly minTrainers: number;
  readonly maxTrainers: number;
  readonly maxUnits: number;
  readonly unitStake: bigint;
  readonly missPenalty: bigint;
  readonly harmPenaltyBps: number;
  /** R2: measured by the committee, or a fixed price per round. */
  readonly progressRule: "measured" | "per-round";
}

/** `ITaskMarket.Round`, as far as a trainer's decisions use it. */
export interface RoundFacts {
  readonly round: number;
  readonly openedAt: bigint;
  /** When submissions end. */
  readonly closesAt: bigint;
  /** 0 before the reveal. */
  readonly revealedAt: bigint;
  readonly basis: bigint;
  readonly totalScore: bigint;
  readonly missShare: bigint;
  readonly harmPot: bigint;
  /** Of a round that expired without a reveal: what `claimExpired` pays each submitter, stake wei. */
  readonly slashShare: bigint;
  readonly dispute: "none" | "open" | "upheld" | "overturned";
}

/** Event TrainerJoined; in the order of joining. */
export interface TrainerFacts {
  readonly account: Address;
  readonly units: number;
  readonly recipient: Hex;
}

/** Event UpdateSubmitted. */
export interface SubmissionFacts {
  readonly round: number;
  readonly index: number;
  readonly digest: Hex;
}

/** Event Announced, in chain order. `kind` 1 is a state, sealed to trainers, owner and committee. */
export interface AnnouncementFacts {
  readonly round: number;
  readonly sender: Address;
  readonly kind: number;
  readonly digest: Hex;
}

/** Event RoundRevealed. `scores`: eight bytes per trainer, in the order of joining. */
export interface RevealFacts {
  readonly round: number;
  readonly modelDigest: Hex;
  readonly progressWad: bigint;
  readonly released: bigint;
  readonly scores: Hex;
}

/** One task at one block: its state, its current round and everything that was ever said about it. */
export interface TaskSnapshot {
  readonly chainId: number;
  readonly market: Address;
  readonly taskId: bigint;
  readonly block: { readonly number: bigint; readonly timestamp: bigint };
  readonly status: TaskStatus;
  readonly terms: TaskTerms;
  readonly owner: Address;
  readonly joinEndsAt: bigint;
  /** The current round, or the last one after the end. */
  readonly round: number;
  /** Rounds that are revealed and not settled yet. */
  readonly unsettled: number;
  readonly current: RoundFacts;
  readonly trainers: readonly TrainerFacts[];
  readonly submissions: readonly SubmissionFacts[];
  readonly announcements: readonly AnnouncementFacts[];
  readonly reveals: readonly RevealFacts[];
  /** State of every revealed round, in the order of `reveals`. */
  readonly revealedRounds: readonly RoundFacts[];
  /** age recipients of the committee, in seat order. */
  readonly committee: readonly Hex[];
}

/** One account at the same block as a snapshot. */
export interface AccountFacts {
  /** Stake in the vault that is not locked, wei of the stake token. */
  readonly freeStake: bigint;
  /** Stake tokens in the wallet, and how many of them the vault may take. */
  readonly stakeBalance: bigint;
  readonly stakeAllowance: bigint;
  /** Bit r: this trainer has claimed round r of the task, or his part of it when it expired. */
  readonly claimedRounds: bigint;
  readonly left: boolean;
  /** Highest round of the task the account submitted to, plus one; 0 before the first. */
  readonly submittedRounds: number;
}

export interface ChainReader {
  /** Throws Unavailable when the node fails, Refused for a task that does not exist. */
  task(taskId: bigint): Promise<TaskSnapshot>;
  account(taskId: bigint, account: Address): Promise<AccountFacts>;
}

/** A round's claim: the score word and its Merkle proof. */
export interface Claim {
  readonly round: number;
  readonly score: bigint;
  readonly proof: readonly Hex[];
}

/** What a trainer sends. */
export type TrainerCall =
  | { readonly name: "approveStake"; readonly amount: bigint }
  | { readonly name: "deposit"; readonly amount: bigint }
  | { readonly name: "join"; readonly taskId: bigint; readonly units: number; readonly recipient: Hex }
  | { readonly name: "submitUpdate"; readonly taskId: bigint; readonly round: number; readonly digest: Hex }
  | { readonly name: "claim"; readonly taskId: bigint; readonly claims: readonly Claim[] }
  | { readonly name: "claimExpired"; readonly taskId: bigint }
  | { readonly name: "leave"; readonly taskId: bigint }
  | { readonly name: "withdraw"; readonly amount: bigint };

export interface ChainWriter {
  /** Resolves when the call is in a block. Throws Refused (a revert, or the person said no) or Unavailable. */
  send(call: TrainerCall): Promise<void>;
}

/** Trains in a Web Worker, or right here in tests. */
export interface Trainer {
  /** The update float64[d] before clipping and noise. Aborting rejects with the signal's reason. */
  train(job: TrainingJob, signal: AbortSignal, progress: (epochsDone: number) => void): Promise<Float64Array>;
}

/** Everything a worker needs; plain data, so that it can be posted to one. X is row-major float64[rows, nFeatures]. */
export interface TrainingJob {
  readonly family: "linear" | "logistic" | "softmax";
  readonly shape: { readonly nFeatures?: number; readonly nOutputs?: number };
  readonly l2: number;
  readonly weights: Float64Array;
  readonly X: Float64Array;
  readonly y: Float64Array;
  readonly training: LocalTraining;
}
