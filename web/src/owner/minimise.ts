/** The least loss that a small convex model reaches on given rows: gradient descent with a step that fits itself. */
import type { Model } from "../core/models/model";

const STEPS = 300;
/** Armijo's condition: a step must bring at least this part of what the slope promises. */
const PROMISE = 1e-4;
const ENOUGH = 1e-7;

export function minimise(
  model: Model,
  start: Float64Array,
  rows: { readonly X: Float64Array; readonly y: Float64Array },
): Float64Array {
  let weights = start;
  let loss = model.loss(weights, rows.X, rows.y);
  let rate = 1;
  for (let step = 0; step < STEPS; step++) {
    const gradient = model.gradient(weights, rows.X, rows.y);
    const slope = gradient.reduce((sum, value) => sum + value * value, 0);
    let next = moved(weights, gradient, rate);
    let reached = model.loss(next, rows.X, rows.y);
    while (!(reached <= loss - PROMISE * rate * slope) && rate > 1e-12) {
      rate /= 2;
      next = moved(weights, gradient, rate);
      reached = model.loss(next, rows.X, rows.y);
    }
    if (!(reached < loss)) break;
    const gained = loss - reached;
    weights = next;
    loss = reached;
    rate *= 1.5;
    if (gained < ENOUGH * Math.max(1, Math.abs(loss))) break;
  }
  return weights;
}

const moved = (weights: Float64Array, gradient: Float64Array, rate: number): Float64Array =>
  weights.map((weight, index) => weight - rate * (gradient[index] ?? 0));
