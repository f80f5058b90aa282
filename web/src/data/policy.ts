/** What a data owner allows of one data set; nothing is allowed that is not written here (default deny). */
import type { Address } from "./ports";

/** The least reward per round that is accepted in one token, in its wei. A token that is not listed is refused. */
export interface RewardFloor {
  readonly token: Address;
  readonly minimumPerRound: bigint;
}

/**
 * A cap on what can be learnt of the data over all tasks: differential privacy at (epsilon, delta), or null for an owner
 * who knowingly takes part without any such guarantee.
 */
export interface PrivacyCap {
  readonly epsilon: number;
  readonly delta: number;
}

export interface Policy {
  readonly columns: readonly string[];
  /** Purposes in the owner's own words; one of them is matched to a task by hand, in the consent. */
  readonly purposes: readonly string[];
  readonly rewards: readonly RewardFloor[];
  readonly privacy: PrivacyCap | null;
  /** Least noise per weight (standard deviation); the task's is used where it is more. */
  readonly noiseMicro: number;
  readonly paused: boolean;
}

/** What a data set starts with. */
export const DENY_ALL: Policy = {
  columns: [],
  purposes: [],
  rewards: [],
  privacy: { epsilon: 1, delta: 1e-5 },
  noiseMicro: 0,
  paused: false,
};
