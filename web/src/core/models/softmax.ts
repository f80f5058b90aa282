/**
 * Multinomial logistic regression: cross-entropy over nOutputs classes plus l2 / 2 * |W|^2. Flat weights are
 * W[nFeatures, nOutputs], row-major, then b[nOutputs].
 */
import { accuracy, checkedRows, checkLabels, penalty } from "./affine";
import type { Model } from "./model";

export class Softmax implements Model {
  readonly metricName = "accuracy";
  readonly nParameters: number;

  constructor(
    readonly nFeatures: number,
    readonly nOutputs: number,
    readonly l2: number,
  ) {
    this.nParameters = (nFeatures + 1) * nOutputs;
  }

  loss(weights: Float64Array, X: Float64Array, y: Float64Array): number {
    const rows = this.#check(weights, X, y);
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const logits = this.#logits(weights, X, row);
      const highest = logits.reduce((a, b) => Math.max(a, b));
      const sum = logits.reduce((partial, z) => partial + Math.exp(z - highest), 0);
      total += Math.log(sum) + highest - (logits[y[row] ?? 0] ?? 0);
    }
    return total / rows + penalty(weights, this.nFeatures * this.nOutputs, this.l2);
  }

  gradient(weights: Float64Array, X: Float64Array, y: Float64Array): Float64Array {
    const rows = this.#check(weights, X, y);
    const { nFeatures, nOutputs, l2 } = this;
    const gradient = new Float64Array(weights.length);
    for (let row = 0; row < rows; row++) {
      const slopes = probabilities(this.#logits(weights, X, row));
      const label = y[row] ?? 0;
      slopes[label] = (slopes[label] ?? 0) - 1;
      for (let k = 0; k < nOutputs; k++) slopes[k] = (slopes[k] ?? 0) / rows;
      for (let i = 0, at = 0; i <= nFeatures; i++) {
        const x = i < nFeatures ? (X[row * nFeatures + i] ?? 0) : 1;
        for (let k = 0; k < nOutputs; k++, at++) gradient[at] = (gradient[at] ?? 0) + x * (slopes[k] ?? 0);
      }
    }
    for (let i = 0; i < nFeatures * nOutputs; i++) gradient[i] = (gradient[i] ?? 0) + l2 * (weights[i] ?? 0);
    return gradient;
  }

  predict(weights: Float64Array, X: Float64Array): Float64Array {
    const rows = this.#check(weights, X);
    return Float64Array.from({ length: rows }, (_, row) => {
      const logits = this.#logits(weights, X, row);
      return logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
    });
  }

  /** Share of rows whose label is predicted. */
  metric(weights: Float64Array, X: Float64Array, y: Float64Array): number {
    return accuracy(this.predict(weights, X), y);
  }

  #check(weights: Float64Array, X: Float64Array, y?: Float64Array): number {
    if (y) checkLabels(y, this.nOutputs);
    return checkedRows(this.nFeatures, this.nParameters, weights, X, y);
  }

  #logits(weights: Float64Array, X: Float64Array, row: number): Float64Array {
    const { nFeatures, nOutputs } = this;
    const logits = new Float64Array(nOutputs);
    for (let i = 0, at = 0; i < nFeatures; i++) {
      const x = X[row * nFeatures + i] ?? 0;
      for (let k = 0; k < nOutputs; k++, at++) logits[k] = (logits[k] ?? 0) + x * (weights[at] ?? 0);
    }
    for (let k = 0; k < nOutputs; k++) logits[k] = (logits[k] ?? 0) + (weights[nFeatures * nOutputs + k] ?? 0);
    return logits;
  }
}

function probabilities(logits: Float64Array): Float64Array {
  const highest = logits.reduce((a, b) => Math.max(a, b));
  const exponentials = logits.map((z) => Math.exp(z - highest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}
