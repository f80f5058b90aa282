/** The trained model as a file: what `deltaml task fetch-model` writes, and `predict` and `export` read. */

import { InvalidInput } from "../core/errors";
import type { State } from "../core/messages";
import { isFamily, parameterCount, SHAPE_KEYS, type Shape } from "../core/models/shape";
import type { OpenSpec } from "../core/open-spec";
import type { Column, Target } from "../core/spec";
import { Float, type Json, pythonJson } from "./python-json";
import { MICRO } from "./rounding";

/** A model that predicts; weights as reals, flat as the family lays them out. */
export interface TrainedModel {
  readonly name: string;
  readonly family: "linear" | "logistic" | "softmax" | "mlp";
  readonly shape: Shape;
  readonly weights: Float64Array;
  readonly columns: readonly Column[];
  readonly target: Target;
}

/** The model of an agreed state, with the loss and the metric that the committee measured. */
export function exportState(spec: OpenSpec, state: State): string {
  const metricName = spec.family === "linear" ? "R2" : "accuracy";
  return pythonJson({
    name: spec.name,
    family: spec.family,
    shape: shapeJson(spec.shape),
    fraction_bits: spec.fractionBits,
    weights: [...state.weights],
    columns: spec.columns.map((column) => ({ name: column.name, ...standardisingJson(column) })),
    target: {
      name: spec.target.name,
      kind: spec.target.kind,
      classes: spec.target.classes,
      ...standardisingJson(spec.target),
    },
    round: state.round,
    loss: new Float(Number(state.lossMicro) / MICRO),
    metric: { [metricName]: new Float(Number(state.metricMicro) / MICRO) },
  });
}

/** Throws InvalidInput for anything but an exported model. */
export function readModelFile(text: string): TrainedModel {
  try {
    const given = JSON.parse(text);
    const family = String(given.family);
    if (!isFamily(family)) throw new Error(`unknown family ${family}`);
    const shape = shapeFrom(given.shape);
    const unit = 2 ** -Number(given.fraction_bits);
    const weights = Float64Array.from(given.weights as number[], (weight) => weight * unit);
    const columns = (given.columns as Record<string, unknown>[]).map(columnFrom);
    const target: Target = { ...columnFrom(given.target), kind: given.target.kind, classes: given.target.classes };
    if (weights.length !== parameterCount(family, shape) || columns.length !== shape.nFeatures) {
      throw new Error("weights and columns do not fit its shape");
    }
    return { name: String(given.name), family, shape, weights, columns, target };
  } catch (error) {
    throw new InvalidInput(`this is no model file: ${error instanceof Error ? error.message : error}`);
  }
}

function shapeJson(shape: Shape): Json {
  // Names in the order of a decoded specification: shorter ones first.
  const names = Object.entries(SHAPE_KEYS).sort(([, a], [, b]) => a.length - b.length || (a < b ? -1 : 1));
  return Object.fromEntries(names.flatMap(([key, name]) => entryOf(name, shape[key as keyof Shape])));
}

const entryOf = (name: string, size: number | undefined): [string, number][] =>
  size === undefined ? [] : [[name, size]];

function shapeFrom(given: Record<string, unknown>): Shape {
  const entries = Object.entries(SHAPE_KEYS).flatMap(([key, name]) =>
    typeof given[name] === "number" ? [[key, given[name]]] : [],
  );
  return Object.fromEntries(entries);
}

const standardisingJson = (column: { centerMicro: bigint; scaleMicro: bigint }) => ({
  center_micro: column.centerMicro,
  scale_micro: column.scaleMicro,
});

function columnFrom(given: Record<string, unknown>): Column {
  const { name, center_micro, scale_micro } = given;
  return { name: String(name), centerMicro: BigInt(String(center_micro)), scaleMicro: BigInt(String(scale_micro)) };
}
