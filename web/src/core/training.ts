/** What a data owner does alone: train on local rows, clip, add noise; as deltaml/learning/training.py. */
import { InvalidInput } from "./errors";
import type { Model } from "./models/model";
import { gaussians, type Uniform, uniformFromCrypto } from "./random";

export interface LocalTraining {
  readonly epochs: number;
  /** 0: all rows at once. */
  readonly batchSize: number;
  readonly learningRate: number;
  readonly momentum: number;
}

/** The rows' order in the next epoch. */
export type Order = (rows: number) => Uint32Array;

/**
 * The update float64[d] = new weights - old weights after mini-batch SGD with heavy-ball momentum on the rows.
 * Throws InvalidInput for empty data, NaN or infinite numbers, settings out of range, or when training diverges.
 * What `epochDone` throws ends the training.
 */
export function trainLocally(
  model: Model,
  weights: Float64Array,
  X: Float64Array,
  y: Float64Array,
  settings: LocalTraining,
  order: Order = shuffled,
  epochDone: (epochs: number) => void = () => {},
): Float64Array {
  checkSettings(settings);
  for (const values of [weights, X, y]) requireFinite(values);
  if (!y.length || X.length !== y.length * model.nFeatures) {
    throw new InvalidInput(`training wants a target per row and at least one row, got ${X.length} values, ${y.length}`);
  }
  const width = model.nFeatures;
  const batchSize = settings.batchSize || y.length;
  const now = weights.slice();
  const velocity = new Float64Array(weights.length);
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const rows = order(y.length);
    for (let first = 0; first < rows.length; first += batchSize) {
      const batch = rows.subarray(first, first + batchSize);
      const gradient = model.gradient(now, pick(X, batch, width), pick(y, batch, 1));
      for (let i = 0; i < now.length; i++) {
        velocity[i] = settings.momentum * (velocity[i] ?? 0) - settings.learningRate * (gradient[i] ?? 0);
        now[i] = (now[i] ?? 0) + (velocity[i] ?? 0);
      }
    }
    epochDone(epoch + 1);
  }
  if (!now.every(Number.isFinite)) {
    throw new InvalidInput(`training diverged at learning rate ${settings.learningRate}: choose a smaller one`);
  }
  return now.map((weight, i) => weight - (weights[i] ?? 0));
}

/** The update scaled down to Euclidean length `norm` if it is longer. Throws InvalidInput for norms not above 0. */
export function clipToNorm(update: Float64Array, norm: number): Float64Array {
  if (!(norm > 0 && norm < Infinity)) throw new InvalidInput(`the clip norm must be a number above 0, got ${norm}`);
  requireFinite(update);
  const length = lengthOf(update);
  return length > norm ? update.map((value) => value * (norm / length)) : update.slice();
}

/** The update plus independent N(0, stddev^2) in each coordinate, from the browser's cryptographic source. */
export function addGaussianNoise(
  update: Float64Array,
  stddev: number,
  uniform: Uniform = uniformFromCrypto(),
): Float64Array {
  if (!(stddev >= 0 && stddev < Infinity)) {
    throw new InvalidInput(`the noise's standard deviation must be a number of at least 0, got ${stddev}`);
  }
  const noise = gaussians(update.length, uniform);
  return update.map((value, i) => value + stddev * (noise[i] ?? 0));
}

/** Euclidean length. */
export function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((total, value) => total + value * value, 0));
}

/** A uniformly random order of the rows (Fisher and Yates). It decides nothing that must be secret. */
function shuffled(rows: number): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, index) => index);
  for (let last = rows - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

function pick(values: Float64Array, rows: Uint32Array, width: number): Float64Array {
  const picked = new Float64Array(rows.length * width);
  rows.forEach((row, index) => {
    picked.set(values.subarray(row * width, (row + 1) * width), index * width);
  });
  return picked;
}

function checkSettings(settings: LocalTraining): void {
  const { epochs, batchSize, learningRate, momentum } = settings;
  if (!(Number.isInteger(epochs) && epochs >= 1 && Number.isInteger(batchSize) && batchSize >= 0)) {
    throw new InvalidInput(`epochs must be at least 1 and the batch size at least 0, got ${epochs} and ${batchSize}`);
  }
  if (!(learningRate > 0 && learningRate < Infinity && momentum >= 0 && momentum < 1)) {
    throw new InvalidInput(
      `the learning rate must be above 0 and momentum in [0, 1), got ${learningRate}, ${momentum}`,
    );
  }
}

function requireFinite(values: Float64Array): void {
  if (!values.every(Number.isFinite)) throw new InvalidInput("some numbers are NaN or infinite; clean the data first");
}
