/** Every field of the form that takes one value: where it lives in the task file, what it means, what it may be. */

import type { DraftSection } from "./draft";

export type FieldKind = "text" | "longText" | "whole" | "number" | "seconds" | "flag" | "address" | "choice";

export interface FieldRule {
  readonly section: DraftSection;
  readonly name: string;
  readonly kind: FieldKind;
  readonly label: string;
  /** What it does, for somebody who knows neither machine learning nor Ethereum. */
  readonly help: string;
  readonly low?: number;
  readonly high?: number;
  /** The value that counts when the file leaves it out, as in docs/task.toml. */
  readonly fallback?: string | number | boolean;
  readonly choices?: readonly (readonly [value: string, label: string])[];
  /** Sensible without being touched: folded away. */
  readonly advanced?: boolean;
}

const BILLION = 10 ** 9;
const MILLION = 10 ** 6;
const YEAR = 365 * 24 * 3600;

export const MODEL_FIELDS: readonly FieldRule[] = [
  {
    section: "model",
    name: "name",
    kind: "text",
    label: "Name",
    help: "What data owners see in the list of tasks.",
  },
  {
    section: "data",
    name: "purpose",
    kind: "longText",
    label: "Purpose",
    help: "What the model is for, and what you will not do with it. Data owners sign their consent to these words; they stay public.",
  },
  {
    section: "model",
    name: "l2",
    kind: "number",
    label: "Penalty on large weights (L2)",
    help: "Keeps the model from leaning too hard on a few columns. 0.001 is a good start; 0 switches it off.",
    low: 0,
    high: 1000,
    fallback: 0,
    advanced: true,
  },
  {
    section: "data",
    name: "least_scale",
    kind: "number",
    label: "Least spread",
    help: "Inputs are divided by their spread in your file, and by no less than this. Raise it if a column hardly varies in your file but may in others'.",
    low: 0,
    high: BILLION,
    fallback: 0,
    advanced: true,
  },
];

export const TRAINING_FIELDS: readonly FieldRule[] = [
  {
    section: "training",
    name: "epochs",
    kind: "whole",
    label: "Passes over the data per round (epochs)",
    help: "How often each data owner goes through all of their rows in one round. More learns faster and drifts further apart.",
    low: 1,
    high: 10_000,
  },
  {
    section: "training",
    name: "batch_size",
    kind: "whole",
    label: "Rows per step (batch)",
    help: "How many rows are looked at before the model is corrected. 0 takes all rows at once.",
    low: 0,
    high: MILLION,
    fallback: 0,
  },
  {
    section: "training",
    name: "learning_rate",
    kind: "number",
    label: "Learning rate",
    help: "How far each correction goes. Too large and training jumps about, too small and it crawls.",
    low: 1e-6,
    high: 1000,
  },
  {
    section: "training",
    name: "momentum",
    kind: "number",
    label: "Momentum",
    help: "How much of the last correction is kept in the next one: from 0 to just below 1.",
    low: 0,
    high: 0.999999,
    fallback: 0,
    advanced: true,
  },
  {
    section: "training",
    name: "drop_negative",
    kind: "flag",
    label: "Leave out updates that point uphill",
    help: "An update that points clearly away from what your file says is left out of the sum before it is opened, and unpaid. Without it three poisoners of ten cost up to nine points of accuracy. Honest owners are left out too in rounds in which their data pull away from your file.",
    fallback: true,
    advanced: true,
  },
  {
    section: "training",
    name: "public_steps",
    kind: "whole",
    label: "Public steps",
    help: "How many earlier steps the committee moves the model along for free before it scores, so that nobody is paid for repeating what everybody can see.",
    low: 0,
    high: 16,
    fallback: 5,
    advanced: true,
  },
  {
    section: "training",
    name: "fraction_bits",
    kind: "whole",
    label: "Precision of weights (bits)",
    help: "Weights travel as whole multiples of 2 to the power of minus this.",
    low: 8,
    high: 32,
    fallback: 24,
    advanced: true,
  },
  {
    section: "training",
    name: "gradient_bits",
    kind: "whole",
    label: "Precision of gradients (bits)",
    help: "The same for the gradients that scores are computed with.",
    low: 8,
    high: 32,
    fallback: 24,
    advanced: true,
  },
];

export const PRIVACY_FIELDS: readonly FieldRule[] = [
  {
    section: "privacy",
    name: "clip_norm",
    kind: "number",
    label: "Longest update (clip norm)",
    help: "A data owner's update is shortened to this length before it is sent. It bounds what one person can do to the model, and noise is measured against it.",
    low: 1e-6,
    high: MILLION,
  },
  {
    section: "privacy",
    name: "noise",
    kind: "number",
    label: "Noise on each weight",
    help: "Standard deviation of the random noise each data owner adds. It hides single rows and costs accuracy; 0 adds none, and then nothing is guaranteed.",
    low: 0,
    high: MILLION,
    fallback: 0,
  },
  {
    section: "privacy",
    name: "min_updates",
    kind: "whole",
    label: "Least updates in a sum",
    help: "With fewer acceptable updates in a round no sum is opened. At least 3: the sum of one update is that update.",
    low: 3,
    high: 1024,
    fallback: 3,
    advanced: true,
  },
  {
    section: "privacy",
    name: "gradient_norm",
    kind: "number",
    label: "Longest gradient",
    help: "Longer gradients are shortened to this before scores are computed.",
    low: 1e-6,
    high: MILLION,
    fallback: 16,
    advanced: true,
  },
];

export const PROGRESS_FIELDS: readonly FieldRule[] = [
  {
    section: "progress",
    name: "baseline_loss",
    kind: "number",
    label: "Baseline loss",
    help: "The error you start from, measured on your file. Nothing is paid at this loss or above.",
    low: 1e-6,
    high: MILLION,
  },
  {
    section: "progress",
    name: "target_loss",
    kind: "number",
    label: "Target loss",
    help: "The error you hope for. At this loss or below the whole pool is released and the task ends.",
    low: 1e-6,
    high: MILLION,
  },
  {
    section: "progress",
    name: "rule",
    kind: "choice",
    label: "How progress counts",
    help: "Halving the error is harder late than early. With “by halves” it pays the same whenever it happens; with “by amount” the first rounds take most of the pool.",
    choices: [
      ["log", "by halves (logarithm)"],
      ["linear", "by amount"],
    ],
    fallback: "log",
  },
  {
    section: "progress",
    name: "per_round",
    kind: "flag",
    label: "A fixed price per round",
    help: "Releases the same share of the pool in every round, whatever was learnt.",
    fallback: false,
    advanced: true,
  },
];

export const MONEY_FIELDS: readonly FieldRule[] = [
  {
    section: "market",
    name: "pool",
    kind: "number",
    label: "Reward pool",
    help: "The most that all data owners can earn together. What progress does not release comes back to you.",
    low: 1e-6,
    high: 10 ** 12,
  },
  {
    section: "market",
    name: "rounds",
    kind: "whole",
    label: "Rounds",
    help: "How often the model is sent out, trained and summed. The task ends earlier when the target is reached.",
    low: 1,
    high: 256,
  },
  {
    section: "market",
    name: "fee_per_round",
    kind: "number",
    label: "Committee's fee per round",
    help: "Shared by the members who did the round's work. Fees of rounds that never run come back to you.",
    low: 0,
    high: 10 ** 12,
  },
];

export const TRAINER_FIELDS: readonly FieldRule[] = [
  {
    section: "market",
    name: "min_trainers",
    kind: "whole",
    label: "Fewest data owners",
    help: "With fewer at the end of the joining time the task is cancelled and everything comes back to you.",
    low: 1,
    high: 1024,
    fallback: 3,
  },
  {
    section: "market",
    name: "max_trainers",
    kind: "whole",
    label: "Most data owners",
    help: "When so many have joined the task starts at once.",
    low: 1,
    high: 1024,
  },
  {
    section: "market",
    name: "unit_stake",
    kind: "number",
    label: "Stake per unit",
    help: "What a data owner locks per unit of weight and gets back at the end, less penalties.",
    low: 1e-6,
    high: 10 ** 12,
  },
  {
    section: "market",
    name: "miss_penalty",
    kind: "number",
    label: "Penalty for a missed round",
    help: "Taken from the stake of who sends nothing valid in a round, and shared by those who did.",
    low: 0,
    high: 10 ** 12,
    fallback: 0,
  },
  {
    section: "market",
    name: "max_units",
    kind: "whole",
    label: "Most units of one data owner",
    help: "Weight in the sum is stake. 1 gives everybody the same weight.",
    low: 1,
    high: 65_535,
    fallback: 1,
    advanced: true,
  },
  {
    section: "market",
    name: "harm_penalty_bps",
    kind: "whole",
    label: "Penalty for a harmful round",
    help: "Hundredths of a percent of the stake, taken when an update made the model worse; who is left out of the sum for pointing uphill loses nothing. Honest data can look harmful: leave it at 0 unless you know why.",
    low: 0,
    high: 10_000,
    fallback: 0,
    advanced: true,
  },
];

export const TIME_FIELDS: readonly FieldRule[] = [
  {
    section: "market",
    name: "join_seconds",
    kind: "seconds",
    label: "Time to join",
    help: "How long data owners may join before the task starts.",
    low: 1,
    high: YEAR,
  },
  {
    section: "market",
    name: "submit_seconds",
    kind: "seconds",
    label: "Time to train, per round",
    help: "Who has not sent an update by then has missed the round.",
    low: 1,
    high: YEAR,
  },
  {
    section: "market",
    name: "commit_seconds",
    kind: "seconds",
    label: "Time to commit",
    help: "How long committee members have for each of two steps: committing to their work, and opening it.",
    low: 1,
    high: YEAR,
  },
  {
    section: "market",
    name: "vote_seconds",
    kind: "seconds",
    label: "Time to vote",
    help: "From the end of training; more than twice the time to commit.",
    low: 1,
    high: YEAR,
  },
  {
    section: "market",
    name: "challenge_seconds",
    kind: "seconds",
    label: "Time to challenge",
    help: "A round's money is paid only after this time, in which its result can be challenged.",
    low: 0,
    high: YEAR,
  },
  {
    section: "market",
    name: "turn_seconds",
    kind: "seconds",
    label: "Patience",
    help: "How long the committee waits for the member whose turn it is before the next one takes over.",
    low: 1,
    high: 86_400,
    fallback: 30,
    advanced: true,
  },
];

export const DISPUTE_FIELDS: readonly FieldRule[] = [
  {
    section: "market",
    name: "arbiter",
    kind: "address",
    label: "Arbiter",
    help: "Who decides challenges. Leave it empty and the committee's word is final.",
    fallback: "",
  },
  {
    section: "market",
    name: "challenge_bond",
    kind: "number",
    label: "Challenger's bond",
    help: "What a challenger puts down in stake tokens, and loses when the committee was right.",
    low: 0,
    high: 10 ** 12,
    fallback: 0,
  },
];

export const ALL_FIELDS: readonly FieldRule[] = [
  ...MODEL_FIELDS,
  ...TRAINING_FIELDS,
  ...PRIVACY_FIELDS,
  ...PROGRESS_FIELDS,
  ...MONEY_FIELDS,
  ...TRAINER_FIELDS,
  ...TIME_FIELDS,
  ...DISPUTE_FIELDS,
];
