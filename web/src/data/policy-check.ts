/** Whether a task is within what a data set's owner allows, and whether the data set can serve it. */
import type { TaskSpec } from "../core/spec";
import type { Consent } from "./consent";
import type { DataSetFacts } from "./data-sets";
import type { Policy } from "./policy";
import type { TaskSnapshot, TaskTerms } from "./ports";

/** Wei of the reward token per round if progress is as planned and every place is taken with equal scores. */
export function equalShare(terms: TaskTerms): bigint {
  return terms.pool / BigInt(terms.rounds) / BigInt(terms.maxTrainers);
}

/** Columns of the data that a task reads: its inputs and its target. */
export function columnsOf(spec: TaskSpec): string[] {
  return [...spec.columns.map((column) => column.name), spec.target.name];
}

/** The first thing that policy or consent do not allow, or null. */
export function policyProblem(policy: Policy, consent: Consent, snapshot: TaskSnapshot, spec: TaskSpec): string | null {
  const wanted = columnsOf(spec);
  const closed = wanted.find((name) => !policy.columns.includes(name));
  if (closed !== undefined) return `the task reads the column ${closed}, which you have not allowed`;
  const unsigned = wanted.find((name) => !consent.columns.includes(name));
  if (unsigned !== undefined) return `the task reads the column ${unsigned}, which your consent does not name`;
  if (!policy.purposes.includes(consent.purpose)) return `you no longer allow the purpose "${consent.purpose}"`;
  const token = snapshot.terms.rewardToken.toLowerCase();
  const floor = policy.rewards.find((reward) => reward.token.toLowerCase() === token);
  if (!floor) return "the task pays in a token that you have not allowed";
  const share = equalShare(snapshot.terms);
  if (share < floor.minimumPerRound || share < consent.minimumRewardPerRound) {
    return "an equal share of a round's reward is less than you ask for";
  }
  return null;
}

/** Why this data set can't serve the task, or null. A column's cells are checked when it is read. */
export function fitProblem(dataSet: DataSetFacts, consent: Consent, spec: TaskSpec): string | null {
  if (dataSet.digest !== consent.dataSet) return "your consent is for another data set";
  const present = new Map(dataSet.columns.map((column) => [column.name, column]));
  for (const name of columnsOf(spec)) {
    if (!present.has(name)) return `this data set has no column ${name}`;
  }
  const numbers = [
    ...spec.columns.map((column) => column.name),
    ...(spec.target.kind === "number" ? [spec.target.name] : []),
  ];
  const text = numbers.find((name) => present.get(name)?.kind === "text");
  return text === undefined ? null : `the task takes numbers in the column ${text}, this data set holds texts there`;
}
