/** JSON exactly as Python's `json.dumps(value, indent=1)` writes it: one model has one file, whoever fetched it. */

/** A number that Python holds as a float, so that 1 is written 1.0. */
export class Float {
  constructor(readonly value: number) {}
}

export type Json = string | number | bigint | Float | readonly Json[] | { readonly [name: string]: Json };

export function pythonJson(value: Json, level = 0): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Float) return pythonFloat(value.value);
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item: Json) => pythonJson(item, level + 1))
    : Object.entries(value).map(([name, item]) => `${quoted(name)}: ${pythonJson(item as Json, level + 1)}`);
  const [open, close] = isList ? "[]" : "{}";
  if (items.length === 0) return `${open}${close}`;
  const indent = `\n${" ".repeat(level + 1)}`;
  return `${open}${indent}${items.join(`,${indent}`)}\n${" ".repeat(level)}${close}`;
}

/** `repr` of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on. */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  const [digits = "0", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const significant = digits.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${significant}`;
  const whole = significant.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${significant.slice(exponent + 1) || "0"}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
