/** A first look at a CSV file: what each column holds, and what a draft for it could say. */

import type { Table } from "../core/table";
import type { Draft } from "./draft";
import { mean, spread } from "./statistics";

export interface ColumnPreview {
  readonly name: string;
  /** Null when a cell is not a number. */
  readonly numbers: {
    readonly mean: number;
    readonly spread: number;
    readonly low: number;
    readonly high: number;
  } | null;
  /** The different texts, in order of appearance; null when there are more than a list of classes could name. */
  readonly labels: readonly string[] | null;
  readonly examples: readonly string[];
}

const MAX_LABELS = 50;
const EXAMPLES = 3;

export function previewColumns(table: Table): ColumnPreview[] {
  return table.names.map((name) => ({
    name,
    numbers: numbersOf(table, name),
    labels: labelsOf(table.texts(name)),
    examples: [...new Set(table.texts(name).slice(0, 20))].slice(0, EXAMPLES),
  }));
}

/** Family, target, inputs and classes as a person would most likely choose them for this file. */
export function guessData(columns: readonly ColumnPreview[]): Draft {
  const target = columns.at(-1);
  if (target === undefined) return {};
  const inputs = columns.slice(0, -1).filter((column) => column.numbers !== null);
  const data = { columns: inputs.map((column) => column.name), target: target.name };
  const isNumber = target.numbers !== null && (target.labels === null || target.labels.length > 10);
  if (isNumber) return { model: { family: "linear" }, data };
  const classes = [...(target.labels ?? [])].sort();
  return { model: { family: classes.length === 2 ? "logistic" : "softmax" }, data: { ...data, classes } };
}

function numbersOf(table: Table, name: string): ColumnPreview["numbers"] {
  let values: Float64Array;
  try {
    values = table.numbers(name);
  } catch {
    return null;
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { mean: mean(values), spread: spread(values), low, high };
}

function labelsOf(cells: readonly string[]): readonly string[] | null {
  const seen = new Set<string>();
  for (const cell of cells) {
    seen.add(cell);
    if (seen.size > MAX_LABELS) return null;
  }
  return [...seen];
}
