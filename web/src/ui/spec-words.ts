/** A specification in words for people who know neither machine learning nor Ethereum. */
import { MICRO, type TaskSpec } from "../core/spec";
import type { Spec } from "../core/specs";

export const FAMILY_NAMES: Readonly<Record<string, string>> = {
  linear: "Linear",
  logistic: "Logistic",
  softmax: "Softmax",
  mlp: "Neural network",
};

/** "Predicts one of 3 classes (softmax)". */
export function modelWords(spec: TaskSpec): string {
  const name = (FAMILY_NAMES[spec.family] ?? spec.family).toLowerCase();
  const { kind, classes } = spec.target;
  if (kind === "number") return `Predicts a number (${name})`;
  return classes.length === 2
    ? `Predicts ${classes.join(" or ")} (${name})`
    : `Predicts one of ${classes.length} classes (${name})`;
}

/** What a data owner must have. */
export function dataWords(spec: TaskSpec): string {
  const { name, kind, classes } = spec.target;
  const inputs = spec.columns.length === 1 ? "1 column of numbers" : `${spec.columns.length} columns of numbers`;
  const shown = classes.length > 8 ? `${classes.slice(0, 8).join(", ")}, …` : classes.join(", ");
  const answer = kind === "number" ? "a number" : `one of: ${shown}`;
  return `A table with ${inputs} and the column "${name}", which holds what is to be predicted (${answer}).`;
}

/** What is done to an update before anybody sees anything of it. */
export function privacyWords(spec: Spec): readonly string[] {
  const clip = `Each update is shortened to a length of ${decimal(spec.clipNormMicro)} at most, so that no single data owner can move the model far.`;
  const noise =
    spec.noiseMicro === 0
      ? "The task asks for no noise; a data owner may still add some by an own setting."
      : `Noise of standard deviation ${decimal(spec.noiseMicro)} is added to each number of an update before it leaves the device.`;
  const opened = `Updates stay sealed. Per round the committee opens their weighted sum, and only when at least ${spec.minUpdates} can be added up.`;
  const facts =
    spec.kind === "open"
      ? "About each data owner it learns a score, a first score, and the answers of a length check: random sums over the update."
      : "About each data owner it opens one score, and only with the owner's key as well.";
  return [clip, noise, opened, facts];
}

/** Who can read the model while it is trained. */
export function secrecyWords(spec: Spec): string {
  if (spec.kind === "sealed") {
    return "Sealed model: it travels encrypted under the owner's key, and nobody else can read it. Joining needs the command-line client, and the owner's computer must be online.";
  }
  return "Open model: the data owners who joined, the committee and the owner can read it while it is trained; nobody else can.";
}

/** "0.25" of 250000 micro, without a trail of zeros. */
export function decimal(micro: number): string {
  return String(micro / MICRO);
}
