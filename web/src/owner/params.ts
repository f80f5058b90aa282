/** The market's side of a task file: amounts there are in whole tokens (18 decimals), times in seconds. */

import type { Address, Hex } from "viem";
import { ProgressRule, type TaskParams } from "../chain/types";
import { type Draft, flagOf, numberOf, textOf, wholeOf } from "./draft";
import { toWei } from "./rounding";

const NOBODY: Address = "0x0000000000000000000000000000000000000000";

/** Throws InvalidInput naming what is missing or of the wrong kind. */
export function makeParams(draft: Draft, rewardToken: Address, specDigest: Hex, modelDigest: Hex): TaskParams {
  const whole = (name: string, fallback?: number) => wholeOf(draft, "market", name, fallback);
  const tokens = (name: string, fallback?: number) => toWei(numberOf(draft, "market", name, fallback));
  return {
    rewardToken,
    pool: tokens("pool"),
    feePerRound: tokens("fee_per_round"),
    committeeId: BigInt(whole("committee")),
    arbiter: (textOf(draft, "market", "arbiter", "") || NOBODY) as Address,
    specDigest,
    modelDigest,
    rounds: whole("rounds"),
    minTrainers: whole("min_trainers", 3),
    maxTrainers: whole("max_trainers"),
    maxUnits: whole("max_units", 1),
    unitStake: tokens("unit_stake"),
    missPenalty: tokens("miss_penalty", 0),
    harmPenaltyBps: whole("harm_penalty_bps", 0),
    progressRule: flagOf(draft, "progress", "per_round", false) ? ProgressRule.PerRound : ProgressRule.Measured,
    joinWindow: whole("join_seconds"),
    submitWindow: whole("submit_seconds"),
    commitWindow: whole("commit_seconds"),
    voteWindow: whole("vote_seconds"),
    challengeWindow: whole("challenge_seconds"),
    challengeBond: tokens("challenge_bond", 0),
  };
}

/** What posting takes from the wallet: the pool and every round's fee. */
export const escrowOf = (params: TaskParams): bigint => params.pool + BigInt(params.rounds) * params.feePerRound;
