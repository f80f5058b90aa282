/** Log loss for labels 0 and 1, plus l2 / 2 * |w|^2; flat weights are w[nFeatures] then the bias. */
import { accuracy, affine, affineGradient, checkedRows, checkLabels, mean, penalty } from "./affine";
import type { Model } from "./model";

export class Logistic implements Model {
  readonly metricName = "accuracy";
  readonly nParameters: number;

  constructor(
    readonly nFeatures: number,
    readonly l2: number,
  ) {
    this.nParameters = nFeatures + 1;
  }

  loss(weights: Float64Array, X: Float64Array, y: Float64Array): number {
    // log(1 + e^z) - y z, written so that it never overflows, whatever the logits.
    const fit = this.#logits(weights, X, y).map(
      (z, row) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - (y[row] ?? 0) * z,
    );
    return mean(fit) + penalty(weights, this.nFeatures, this.l2);
  }

  gradient(weights: Float64Array, X: Float64Array, y: Float64Array): Float64Array {
    const slopes = this.#logits(weights, X, y).map((z, row) => (sigmoid(z) - (y[row] ?? 0)) / y.length);
    return affineGradient(weights, X, slopes, this.l2);
  }

  predict(weights: Float64Array, X: Float64Array): Float64Array {
    const rows = checkedRows(this.nFeatures, this.nParameters, weights, X);
    return affine(weights, X, rows).map((z) => (z > 0 ? 1 : 0));
  }

  /** Share of rows whose label is predicted. */
  metric(weights: Float64Array, X: Float64Array, y: Float64Array): number {
    return accuracy(this.predict(weights, X), y);
  }

  #logits(weights: Float64Array, X: Float64Array, y: Float64Array): Float64Array {
    const rows = checkedRows(this.nFeatures, this.nParameters, weights, X, y);
    checkLabels(y, 2);
    return affine(weights, X, rows);
  }
}

function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const small = Math.exp(z);
  return small / (1 + small);
}
