/** What a committee asks of the tasks it takes, and where a task falls short of it, before any gas is spent. */

import type { Address } from "viem";
import { type Committee, type TaskParams, WAD } from "../chain/types";
import { type Problems, problem } from "./problems";

/** A committee with what its charter says of this task's token and arbiter, and what its stake still covers. */
export interface CommitteeTerms {
  readonly committee: Committee;
  /** Wei of stake for a wei of reward, times 1e18; zero: the token is not accepted. */
  readonly rateWad: bigint;
  readonly acceptsArbiter: boolean;
}

const NOBODY: Address = "0x0000000000000000000000000000000000000000";

/** Wei of reward token that its stake still covers (R6b). */
export function poolLeft({ committee, rateWad }: CommitteeTerms): bigint {
  if (rateWad === 0n) return 0n;
  const limit = (committee.stakeTotal * BigInt(committee.exposureBps)) / 10_000n;
  const left = limit - committee.exposureStake;
  return left > 0n ? (left * WAD) / rateWad : 0n;
}

/** Least fee per round it works for, in wei of the reward token. */
export function leastFee({ committee, rateWad }: CommitteeTerms): bigint {
  return rateWad === 0n ? 0n : (committee.minFeeStake * WAD + rateWad - 1n) / rateWad;
}

export const isComplete = (committee: Committee): boolean =>
  !committee.retired && committee.size > 0 && committee.enrolled === committee.size;

/** Where the committee would refuse the task, in the order in which it would. `tell` writes amounts of reward tokens,
 * `tellStake` those of stake tokens. */
export function committeeProblems(
  terms: CommitteeTerms,
  params: TaskParams,
  tell: (wei: bigint) => string,
  tellStake: (wei: bigint) => string,
): Problems {
  const { committee } = terms;
  const found: Problems[] = [];
  const say = (name: string, sentence: string) => found.push(problem("market", name, sentence));
  if (committee.retired) say("committee", "This committee has retired and takes no new tasks. Choose another.");
  else if (!isComplete(committee)) {
    say("committee", `Only ${committee.enrolled} of its ${committee.size} members have enrolled. Choose another.`);
  }
  if (terms.rateWad === 0n)
    say("reward_token", "This committee does not accept this token. Choose another token or committee.");
  else {
    const left = poolLeft(terms);
    if (params.pool > left) {
      say("pool", `This committee's stake covers only ${tell(left)} more. Offer less, or choose another committee.`);
    }
    const fee = leastFee(terms);
    if (params.feePerRound < fee) say("fee_per_round", `This committee works for ${tell(fee)} a round or more.`);
  }
  if (params.commitWindow < committee.minCommitWindow) {
    say("commit_seconds", `This committee needs at least ${committee.minCommitWindow} seconds.`);
  }
  if (params.voteWindow < committee.minVoteWindow) {
    say("vote_seconds", `This committee needs at least ${committee.minVoteWindow} seconds.`);
  }
  if (params.arbiter !== NOBODY) {
    if (!terms.acceptsArbiter)
      say("arbiter", "This committee does not accept this arbiter. Leave it empty or ask for theirs.");
    if (params.challengeBond < committee.minChallengeBond) {
      say("challenge_bond", `With an arbiter this committee wants at least ${tellStake(committee.minChallengeBond)}.`);
    }
  }
  return Object.assign({}, ...found.reverse());
}
