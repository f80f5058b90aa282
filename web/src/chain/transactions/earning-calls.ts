/** Collecting rewards and fees, explained. */
import type { Address } from "viem";
import type { DueClaims, MemberDue } from "../earnings";
import type { Network, Token } from "../network";
import type { Task } from "../types";
import { type Call, type ExplainedCall, type MoneyLine, marketCall, together } from "./call";

/** A reward token per task. */
export type TokenOf = (task: Task) => Token;

/** Many rounds of many tasks in one transaction; all or nothing. */
export function claimRewards(
  network: Network,
  batch: readonly DueClaims[],
  tokenOf: TokenOf,
  to: Address,
): ExplainedCall {
  const rounds = batch.reduce((sum, { claims }) => sum + claims.length, 0);
  const what = `${count(rounds, "round")} of ${count(batch.length, "task")}`;
  const receives: MoneyLine[] = batch
    .filter(({ reward }) => reward > 0n)
    .map(({ task, reward }) => ({ what: `Task ${task.id}, to your wallet`, token: tokenOf(task), amount: reward }));
  const stake = batch.reduce((sum, { stakeShare }) => sum + stakeShare, 0n);
  if (stake > 0n)
    receives.push({ what: "Shares of penalties, to your deposit", token: network.stakeToken, amount: stake });
  return {
    title: `Collect ${what}`,
    confirm: "Collect",
    lines: [
      "Your earnings of rounds whose result is final. The proofs are made in this page from the published scores.",
    ],
    receives,
    call: together(batch.map((due) => claimCall(network, due, to))),
    done: `Collected ${what}.`,
  };
}

export function claimCall(network: Network, { task, claims }: DueClaims, to: Address): Call {
  const list = claims.map((claim) => ({ ...claim, proof: [...claim.proof] }));
  return marketCall(network, "claim", [task.id, list, to]);
}

/** A member's fees of several tasks in one transaction. */
export function claimMemberFees(
  network: Network,
  due: readonly (readonly [Task, MemberDue])[],
  tokenOf: TokenOf,
  to: Address,
): ExplainedCall {
  const receives: MoneyLine[] = due
    .filter(([, { fees }]) => fees > 0n)
    .map(([task, { fees }]) => ({ what: `Task ${task.id}, to your wallet`, token: tokenOf(task), amount: fees }));
  const stake = due.reduce((sum, [, { stakeShare }]) => sum + stakeShare, 0n);
  if (stake > 0n) receives.push({ what: "Shares of fines, to your deposit", token: network.stakeToken, amount: stake });
  const calls = due.map(([task, { rounds }]) => marketCall(network, "claimFees", [task.id, rounds.map(BigInt), to]));
  return {
    title: `Collect fees of ${count(due.length, "task")}`,
    confirm: "Collect",
    lines: [
      "Your fees for rounds that are settled, for your work as a member of the committee. Rounds in which your work was not vouched for by t+1 members pay none.",
    ],
    receives,
    call: together(calls),
    done: "Your fees are collected.",
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
