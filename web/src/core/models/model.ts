/** What a model is to the rest: one flat vector of weights and a differentiable loss, as deltaml/learning/model.py. */
import { Refused } from "../errors";
import { Linear } from "./linear";
import { Logistic } from "./logistic";
import { parameterCount, type Shape, sizes } from "./shape";
import { Softmax } from "./softmax";

/**
 * Shapes: weights[d] with d = nParameters, X row-major [rows, nFeatures], y[rows] (labels as whole numbers from 0).
 * Methods throw InvalidInput for other shapes.
 */
export interface Model {
  readonly nFeatures: number;
  readonly nParameters: number;
  /** What `metric` measures; higher is better. */
  readonly metricName: "R2" | "accuracy";
  /** Mean loss over the rows plus the penalty l2 / 2 * |w|^2 (biases are not penalised). */
  loss(weights: Float64Array, X: Float64Array, y: Float64Array): number;
  /** Gradient [d] of `loss`. */
  gradient(weights: Float64Array, X: Float64Array, y: Float64Array): Float64Array;
  /** A label or a value per row. */
  predict(weights: Float64Array, X: Float64Array): Float64Array;
  metric(weights: Float64Array, X: Float64Array, y: Float64Array): number;
}

/** Families that a page trains. */
export const PAGE_FAMILIES = ["linear", "logistic", "softmax"] as const;
export type PageFamily = (typeof PAGE_FAMILIES)[number];

export function isPageFamily(family: string): family is PageFamily {
  return PAGE_FAMILIES.some((known) => known === family);
}

/** Throws InvalidMessage for sizes that don't fit, Refused for a family that no page computes with. */
export function buildModel(family: string, shape: Shape, l2: number): Model {
  if (!isPageFamily(family)) {
    throw new Refused(`a page computes with ${PAGE_FAMILIES.join(", ")} models; for ${family} use the Python agent`);
  }
  parameterCount(family, shape);
  const { nFeatures, nOutputs } = sizes(shape);
  if (family === "softmax") return new Softmax(nFeatures, nOutputs, l2);
  return family === "linear" ? new Linear(nFeatures, l2) : new Logistic(nFeatures, l2);
}
