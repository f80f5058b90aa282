/** Values that suit the owner's own file: where progress starts, how far it can get, how long updates are. */

import { buildModel, type Model } from "../core/models/model";
import { MICRO, NANO } from "../core/spec";
import { features, type Table, targets } from "../core/table";
import { lengthOf, trainLocally } from "../core/training";
import { asReceived } from "../core/validation";
import type { Draft } from "./draft";
import { minimise } from "./minimise";
import { makeSpec } from "./spec";

const MAX_ROWS = 2_000;
const FOLDS = 5;
/** The whole pool is released only for a model better than the owner's file alone gives, by this much. */
const TARGET_FACTOR = 0.9;
/** Data owners' updates differ: the clip leaves them this much room above what this file shows. */
const CLIP_ROOM = 1.25;

export interface Rows {
  readonly X: Float64Array;
  readonly y: Float64Array;
}

export interface LossSuggestion {
  /** Of the model before any training, on the whole file. */
  readonly baseline: number;
  /** What models trained on four fifths of the file reach on the fifth they have not seen, on average. */
  readonly alone: number;
  readonly target: number;
}

/** Throws InvalidInput when the draft does not fit the file. */
export function suggestLosses(draft: Draft, table: Table): LossSuggestion {
  const { model, rows } = probe(draft, table);
  const start = new Float64Array(model.nParameters);
  const baseline = model.loss(start, rows.X, rows.y);
  const sample = thinned(rows, model.nFeatures, MAX_ROWS);
  const folds = Math.min(FOLDS, sample.y.length);
  let alone = 0;
  for (let fold = 0; fold < folds; fold++) {
    const seen = every(sample, model.nFeatures, (row) => row % folds !== fold);
    const unseen = every(sample, model.nFeatures, (row) => row % folds === fold);
    alone += seen.y.length ? model.loss(minimise(model, start, seen), unseen.X, unseen.y) / folds : baseline;
  }
  const target = Math.min(alone * TARGET_FACTOR, baseline * TARGET_FACTOR);
  return { baseline: rounded(baseline, 6), alone, target: rounded(Math.max(target, 1e-6), 3) };
}

/** How long the first update of a data owner with as many rows as this file is, with some room. */
export async function suggestClip(draft: Draft, table: Table): Promise<number> {
  const { model, rows, training } = probe(draft, table);
  const sample = thinned(rows, model.nFeatures, MAX_ROWS);
  const start = new Float64Array(model.nParameters);
  const length = lengthOf(await trainLocally(model, start, sample.X, sample.y, training));
  return rounded(Math.max(length * CLIP_ROOM, 1e-6), 2);
}

/** Model and rows of a draft that may still lack what does not matter here. */
function probe(draft: Draft, table: Table) {
  const complete: Draft = {
    model: { name: "", ...draft.model },
    data: { purpose: "", ...draft.data },
    training: { epochs: 1, learning_rate: 0.1, ...draft.training },
    privacy: { clip_norm: 1 },
    progress: { baseline_loss: 2, target_loss: 1 },
    market: { max_trainers: 1 },
  };
  const spec = makeSpec(complete, table, new Uint8Array(32));
  const rows = asReceived(spec.target.kind, { X: features(spec, table), y: targets(spec.target, table) });
  const training = {
    epochs: spec.epochs,
    batchSize: spec.batchSize,
    learningRate: spec.learningRateMicro / MICRO,
    momentum: spec.momentumMicro / MICRO,
  };
  return { model: buildModel(spec.family, spec.shape, spec.l2Nano / NANO) satisfies Model, rows, training };
}

/** At most `most` rows, evenly taken. */
function thinned(rows: Rows, width: number, most: number): Rows {
  const step = Math.ceil(rows.y.length / most);
  return step <= 1 ? rows : every(rows, width, (row) => row % step === 0);
}

function every(rows: Rows, width: number, holds: (row: number) => boolean): Rows {
  const kept = Array.from(rows.y.keys()).filter(holds);
  const X = new Float64Array(kept.length * width);
  for (const [place, row] of kept.entries()) X.set(rows.X.subarray(row * width, (row + 1) * width), place * width);
  return { X, y: Float64Array.from(kept, (row) => rows.y[row] ?? 0) };
}

const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));
