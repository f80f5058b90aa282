/** Small texts that several parts of the data client share. */
import type { ColumnSummary } from "../../core/table";

/** What a column holds: "12 to 80", or a few of its texts. */
export function rangeWords(column: ColumnSummary): string {
  if (column.kind === "number") return `${figure(column.low)} to ${figure(column.high)}`;
  const more = column.distinct > column.examples.length ? ", …" : "";
  return `text: ${column.examples.slice(0, 4).join(", ")}${more}`;
}

export const figure = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 5 });

/** "0.42" or "12"; without a round's noise there is no such number. */
export function epsilonWords(epsilon: number): string {
  if (epsilon === Number.POSITIVE_INFINITY) return "unlimited";
  return epsilon === 0 ? "0" : epsilon.toPrecision(3);
}

/** What that means, where it needs saying. */
export function epsilonRemark(epsilon: number, cap: number | undefined): string {
  if (epsilon === Number.POSITIVE_INFINITY) return "rounds went out without noise";
  return cap === undefined ? "no limit set" : `of at most ${cap}`;
}

/** The first letter as at the start of a sentence, and a full stop. */
export function asSentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
