/** What linear and logistic models share: z = X w + b with weights w[nFeatures], b. */
import { InvalidInput } from "../errors";

/** Throws InvalidInput unless weights, features and (where given) targets fit; returns the number of rows. */
export function checkedRows(
  nFeatures: number,
  nParameters: number,
  weights: Float64Array,
  X: Float64Array,
  y?: Float64Array,
): number {
  if (weights.length !== nParameters) {
    throw new InvalidInput(`there are ${weights.length} weights; this model has ${nParameters} parameters`);
  }
  const rows = X.length / nFeatures;
  if (!Number.isInteger(rows) || rows < 1) {
    throw new InvalidInput(`${X.length} feature values are not rows of ${nFeatures}, at least one`);
  }
  if (y && y.length !== rows) throw new InvalidInput(`${y.length} targets for ${rows} rows`);
  return rows;
}

/** Throws InvalidInput unless every label is one of 0 ... nClasses - 1. */
export function checkLabels(y: Float64Array, nClasses: number): void {
  const wrong = y.find((label) => !Number.isInteger(label) || label < 0 || label >= nClasses);
  if (wrong !== undefined) throw new InvalidInput(`the label ${wrong} is not one of 0 to ${nClasses - 1}`);
}

/** z[rows] = X w + b. */
export function affine(weights: Float64Array, X: Float64Array, rows: number): Float64Array {
  const width = weights.length - 1;
  const bias = weights[width] ?? 0;
  const z = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let total = 0;
    for (let i = 0, at = row * width; i < width; i++, at++) total += (X[at] ?? 0) * (weights[i] ?? 0);
    z[row] = total + bias;
  }
  return z;
}

/** The gradient [X' s + l2 w, sum(s)] for slopes s[rows] of the loss in z. */
export function affineGradient(weights: Float64Array, X: Float64Array, slopes: Float64Array, l2: number): Float64Array {
  const width = weights.length - 1;
  const gradient = new Float64Array(weights.length);
  for (let row = 0; row < slopes.length; row++) {
    const slope = slopes[row] ?? 0;
    for (let i = 0, at = row * width; i < width; i++, at++) gradient[i] = (gradient[i] ?? 0) + (X[at] ?? 0) * slope;
    gradient[width] = (gradient[width] ?? 0) + slope;
  }
  for (let i = 0; i < width; i++) gradient[i] = (gradient[i] ?? 0) + l2 * (weights[i] ?? 0);
  return gradient;
}

/** l2 / 2 * |w|^2 over the first `count` weights. */
export function penalty(weights: Float64Array, count: number, l2: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += (weights[i] ?? 0) ** 2;
  return (l2 / 2) * total;
}

/** Share of rows whose label is predicted. */
export function accuracy(predicted: Float64Array, y: Float64Array): number {
  let hits = 0;
  for (let row = 0; row < y.length; row++) if (predicted[row] === y[row]) hits += 1;
  return hits / y.length;
}

export function mean(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
