/** A person's CSV file as the model sees it: named columns, standardised as the specification says. */
import Papa from "papaparse";
import { InvalidInput } from "./errors";
import { MICRO, type Target, type TaskSpec } from "./spec";

export const MAX_ROWS = 10_000_000;
/** What Python's float() takes, but for underscores, infinities and NaN. */
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/** What a column holds: its smallest and largest number, or a few of its distinct texts. */
export type ColumnSummary =
  | { readonly kind: "number"; readonly name: string; readonly low: number; readonly high: number }
  | { readonly kind: "text"; readonly name: string; readonly distinct: number; readonly examples: readonly string[] };

/** Columns of text by name, all of the same length. */
export class Table {
  constructor(readonly columns: ReadonlyMap<string, readonly string[]>) {}

  /** A CSV file with a header line, UTF-8. Throws InvalidInput naming the line that is wrong. */
  static async fromCsv(source: string | Blob): Promise<Table> {
    const text = typeof source === "string" ? source : decodeUtf8(await source.arrayBuffer());
    const parsed = Papa.parse<string[]>(text.replace(/^\uFEFF/, ""), { delimiter: ",", skipEmptyLines: false });
    const problem = parsed.errors[0];
    if (problem) throw new InvalidInput(`line ${(problem.row ?? 0) + 1} of the file: ${problem.message}`);
    return Table.#fromRows(parsed.data);
  }

  static #fromRows(lines: string[][]): Table {
    const [header, ...rows] = lines;
    if (!header?.[0] || new Set(header).size !== header.length) {
      throw new InvalidInput("the first line must name the columns, each once");
    }
    // Papa gives the nothing after the last line feed as a line.
    if (rows.at(-1)?.join("") === "" && rows.at(-1)?.length === 1) rows.pop();
    if (!rows.length) throw new InvalidInput("no rows below the header");
    if (rows.length > MAX_ROWS) throw new InvalidInput(`more than ${MAX_ROWS} rows`);
    for (const [index, row] of rows.entries()) {
      if (row.length !== header.length) {
        throw new InvalidInput(`line ${index + 2}: ${row.length} cells, the header has ${header.length}`);
      }
    }
    return new Table(new Map(header.map((name, column) => [name, rows.map((row) => row[column] ?? "")])));
  }

  get names(): string[] {
    return [...this.columns.keys()];
  }

  get nRows(): number {
    return this.columns.values().next().value?.length ?? 0;
  }

  /** A column of finite numbers. Throws InvalidInput naming the first cell that is not one. */
  numbers(name: string): Float64Array {
    return Float64Array.from(this.texts(name), (cell, row) => {
      const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
      if (!Number.isFinite(value)) {
        throw new InvalidInput(`column ${name}, row ${row + 1}: "${cell.slice(0, 40)}" is not a finite number`);
      }
      return value;
    });
  }

  /** A column of labels as positions in `classes`. Throws InvalidInput for an unknown label. */
  labels(name: string, classes: readonly string[]): Float64Array {
    const position = new Map(classes.map((label, index) => [label, index]));
    return Float64Array.from(this.texts(name), (cell, row) => {
      const label = position.get(cell);
      if (label === undefined) {
        throw new InvalidInput(
          `column ${name}, row ${row + 1}: "${cell.slice(0, 40)}" is not one of ${classes.join(", ")}`,
        );
      }
      return label;
    });
  }

  texts(name: string): readonly string[] {
    const cells = this.columns.get(name);
    if (!cells) throw new InvalidInput(`column ${name} is missing; this file has ${this.names.sort().join(", ")}`);
    return cells;
  }

  /** What each column holds, for a person to look at. */
  summaries(): ColumnSummary[] {
    return this.names.map((name) => summaryOf(name, this.texts(name)));
  }
}

/** X row-major float64[rows, columns]: (value - center) / scale for each column that the specification names. */
export function features(spec: TaskSpec, table: Table): Float64Array {
  const width = spec.columns.length;
  const X = new Float64Array(table.nRows * width);
  for (const [index, column] of spec.columns.entries()) {
    const [center, scale] = [Number(column.centerMicro) / MICRO, Number(column.scaleMicro) / MICRO];
    table.numbers(column.name).forEach((value, row) => {
      X[row * width + index] = (value - center) / scale;
    });
  }
  return X;
}

/** y[rows]: standardised numbers or class positions. */
export function targets(target: Target, table: Table): Float64Array {
  if (target.kind === "classes") return table.labels(target.name, target.classes);
  const [center, scale] = [Number(target.centerMicro) / MICRO, Number(target.scaleMicro) / MICRO];
  return table.numbers(target.name).map((value) => (value - center) / scale);
}

function summaryOf(name: string, cells: readonly string[]): ColumnSummary {
  let [low, high] = [Infinity, -Infinity];
  for (const cell of cells) {
    const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
    if (!Number.isFinite(value)) {
      const distinct = new Set(cells);
      return { kind: "text", name, distinct: distinct.size, examples: [...distinct].slice(0, 10) };
    }
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { kind: "number", name, low, high };
}

function decodeUtf8(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidInput("the file is not UTF-8; save it as UTF-8");
  }
}
