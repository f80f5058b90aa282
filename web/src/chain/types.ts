/** Mirrors of the structs and enums in `interfaces/`. Wei and other words above 48 bits are bigint, times are seconds. */
import type { Address, Hex } from "viem";

export const Status = { None: 0, Joining: 1, Training: 2, Completed: 3, Failed: 4, Cancelled: 5 } as const;
export type Status = (typeof Status)[keyof typeof Status];

export const Phase = { None: 0, Submitting: 1, Committing: 2, Opening: 3, Voting: 4, Overdue: 5 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

export const ProgressRule = { Measured: 0, PerRound: 1 } as const;
export type ProgressRule = (typeof ProgressRule)[keyof typeof ProgressRule];

export const Outcome = { Scored: 0, OwnerStalled: 1, Aborted: 2 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export const Dispute = { None: 0, Open: 1, Upheld: 2, Overturned: 3 } as const;
export type Dispute = (typeof Dispute)[keyof typeof Dispute];

export const WAD = 10n ** 18n;

export interface TaskParams {
  readonly rewardToken: Address;
  readonly pool: bigint;
  readonly feePerRound: bigint;
  readonly committeeId: bigint;
  readonly arbiter: Address;
  readonly specDigest: Hex;
  readonly modelDigest: Hex;
  readonly rounds: number;
  readonly minTrainers: number;
  readonly maxTrainers: number;
  readonly maxUnits: number;
  readonly unitStake: bigint;
  readonly missPenalty: bigint;
  readonly harmPenaltyBps: number;
  readonly progressRule: ProgressRule;
  readonly joinWindow: number;
  readonly submitWindow: number;
  readonly commitWindow: number;
  readonly voteWindow: number;
  readonly challengeWindow: number;
  readonly challengeBond: bigint;
}

/** A task as `taskOf` gives it, with its number. */
export interface Task {
  readonly id: bigint;
  readonly params: TaskParams;
  readonly owner: Address;
  readonly status: Status;
  /** Current round counted from 0; after the end, the last one that ran. */
  readonly round: number;
  readonly trainerCount: number;
  readonly joinEndsAt: number;
  readonly endRequested: boolean;
  readonly progressWad: bigint;
  readonly released: bigint;
  readonly refundable: bigint;
  readonly unsettled: number;
  readonly committeeReleased: boolean;
  readonly modelDigest: Hex;
}

export interface Round {
  readonly number: number;
  readonly openedAt: number;
  readonly closesAt: number;
  readonly commitEndsAt: number;
  readonly openEndsAt: number;
  readonly voteEndsAt: number;
  readonly revealedAt: number;
  readonly submitted: number;
  readonly committedMask: number;
  readonly openedMask: number;
  readonly votedMask: number;
  readonly matchedMask: number;
  /** Seats whose work t + 1 voters vouch for. */
  readonly vouchedMask: number;
  readonly accepted: number;
  readonly quorumHash: Hex;
  readonly root: Hex;
  readonly released: bigint;
  readonly basis: bigint;
  readonly remaining: bigint;
  readonly totalScore: bigint;
  readonly missShare: bigint;
  readonly harmPot: bigint;
  readonly feeShare: bigint;
  readonly slashShare: bigint;
  readonly settled: boolean;
  readonly dispute: Dispute;
  readonly challenger: Address;
  readonly disputedAt: number;
}

export interface Trainer {
  /** Place in the order of joining, counted from 0. */
  readonly index: number;
  readonly account: Address;
  readonly units: number;
  readonly missed: number;
  readonly harmed: number;
  readonly submittedRounds: number;
  readonly left: boolean;
}

export interface Seat {
  readonly account: Address;
  readonly recipient: Hex;
  readonly stake: bigint;
  readonly left: boolean;
}

export interface Committee {
  readonly id: bigint;
  readonly size: number;
  readonly enrolled: number;
  readonly retired: boolean;
  readonly openTasks: number;
  readonly exposureBps: number;
  readonly minCommitWindow: number;
  readonly minVoteWindow: number;
  readonly minFeeStake: bigint;
  readonly minChallengeBond: bigint;
  readonly seatStake: bigint;
  readonly faultPenalty: bigint;
  readonly exposureStake: bigint;
  readonly stakeTotal: bigint;
  readonly seats: readonly Seat[];
}

/** A block as far as the page cares: reads of one answer all come from it. */
export interface Moment {
  readonly number: bigint;
  readonly timestamp: number;
}

/** What an account has in the vault, in wei of the stake token. */
export interface AccountStake {
  readonly deposit: bigint;
  readonly locked: bigint;
  readonly free: bigint;
  readonly lockedByMarket: bigint;
  readonly lockedByCommittees: bigint;
  /** Stake token in the wallet, not in the vault. */
  readonly wallet: bigint;
}

/** A claim of one round, as `claim` takes it. */
export interface Claim {
  readonly round: number;
  readonly score: bigint;
  readonly proof: readonly Hex[];
}
