/** What the form starts with: values that work for a table of a few dozen columns, to be changed at will. */

import type { Draft } from "./draft";

const HOUR = 3600;
const DAY = 24 * HOUR;

export const STARTING_DRAFT: Draft = {
  model: { family: "logistic", l2: 0.001 },
  data: { columns: [] },
  training: { epochs: 5, batch_size: 16, learning_rate: 0.1 },
  privacy: { clip_norm: 1, noise: 0 },
  progress: { rule: "log" },
  market: {
    pool: 100,
    fee_per_round: 1,
    rounds: 10,
    min_trainers: 3,
    max_trainers: 10,
    unit_stake: 10,
    miss_penalty: 0.1,
    join_seconds: DAY,
    submit_seconds: HOUR,
    commit_seconds: 600,
    vote_seconds: HOUR,
    challenge_seconds: DAY,
  },
};
