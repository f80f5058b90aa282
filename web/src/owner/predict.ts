/** Predictions of a trained model in the page, as `deltaml task predict` makes them. */

import type { Table } from "../core/table";
import type { TrainedModel } from "./model-file";
import { MICRO } from "./rounding";

/** Labels as text, or numbers in the target's own unit. */
export type Prediction = string | number;

/** One prediction per row of a table. Throws InvalidInput for a missing column or a cell that is no number. */
export function predictTable(model: TrainedModel, table: Table): Prediction[] {
  const columns = model.columns.map((column) => table.numbers(column.name));
  return Array.from({ length: table.nRows }, (_, row) =>
    predictRow(
      model,
      columns.map((values) => values[row] ?? Number.NaN),
    ),
  );
}

/** The prediction for one row of numbers in the columns' own units, in the order of `model.columns`. */
export function predictRow(model: TrainedModel, row: readonly number[]): Prediction {
  const inputs = model.columns.map((column, index) => {
    const center = Number(column.centerMicro) / MICRO;
    return ((row[index] ?? Number.NaN) - center) / (Number(column.scaleMicro) / MICRO);
  });
  const outputs = forward(model, inputs);
  const [first = 0] = outputs;
  const { target, family } = model;
  if (family === "linear") return (first * Number(target.scaleMicro)) / MICRO + Number(target.centerMicro) / MICRO;
  const index = family === "logistic" ? Number(first > 0) : outputs.indexOf(Math.max(...outputs));
  return target.classes[index] ?? "";
}

/** What the last layer adds up to; tanh between two layers. */
function forward(model: TrainedModel, inputs: readonly number[]): number[] {
  const { nFeatures = 0, nOutputs = 1, nHidden } = model.shape;
  const sizes = [nFeatures, ...(nHidden === undefined ? [] : [nHidden]), nOutputs];
  let values = [...inputs];
  let position = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    const width = sizes[layer] ?? 0;
    const rows = values.length;
    const matrixAt = position;
    const biasAt = position + rows * width;
    const sums = Array.from({ length: width }, (_, column) => {
      let sum = model.weights[biasAt + column] ?? 0;
      for (let i = 0; i < rows; i++) sum += (values[i] ?? 0) * (model.weights[matrixAt + i * width + column] ?? 0);
      return sum;
    });
    values = layer === sizes.length - 1 ? sums : sums.map(Math.tanh);
    position = biasAt + width;
  }
  return values;
}
