/** Ridge regression: loss mean((y - Xw - b)^2) / 2 + l2 / 2 * |w|^2; flat weights are w[nFeatures] then b. */
import { affine, affineGradient, checkedRows, mean, penalty } from "./affine";
import type { Model } from "./model";

export class Linear implements Model {
  readonly metricName = "R2";
  readonly nParameters: number;

  constructor(
    readonly nFeatures: number,
    readonly l2: number,
  ) {
    this.nParameters = nFeatures + 1;
  }

  loss(weights: Float64Array, X: Float64Array, y: Float64Array): number {
    const squares = this.#residuals(weights, X, y).map((residual) => residual * residual);
    return mean(squares) / 2 + penalty(weights, this.nFeatures, this.l2);
  }

  gradient(weights: Float64Array, X: Float64Array, y: Float64Array): Float64Array {
    const slopes = this.#residuals(weights, X, y).map((residual) => residual / y.length);
    return affineGradient(weights, X, slopes, this.l2);
  }

  predict(weights: Float64Array, X: Float64Array): Float64Array {
    return affine(weights, X, checkedRows(this.nFeatures, this.nParameters, weights, X));
  }

  /** R2, the share of the targets' variance that is explained; for constant targets 1 if all hit, else 0. */
  metric(weights: Float64Array, X: Float64Array, y: Float64Array): number {
    const middle = mean(y);
    const unexplained = this.#residuals(weights, X, y).reduce((total, residual) => total + residual ** 2, 0);
    const spread = y.reduce((total, target) => total + (target - middle) ** 2, 0);
    if (spread === 0) return unexplained === 0 ? 1 : 0;
    return 1 - unexplained / spread;
  }

  #residuals(weights: Float64Array, X: Float64Array, y: Float64Array): Float64Array {
    const rows = checkedRows(this.nFeatures, this.nParameters, weights, X, y);
    return affine(weights, X, rows).map((z, row) => z - (y[row] ?? 0));
  }
}
