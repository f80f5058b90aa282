/** A task file as the owner writes it: the sections and names of docs/task.toml. The form edits exactly this. */

import { InvalidInput } from "../core/errors";

export type DraftValue = string | number | boolean | readonly string[];
export type DraftSection = "model" | "data" | "training" | "privacy" | "progress" | "market";
/** What is missing has its default; what is half typed is a text where a number belongs, and `problems` says so. */
export type Draft = Readonly<Partial<Record<DraftSection, Readonly<Record<string, DraftValue>>>>>;

export const SECTIONS: readonly DraftSection[] = ["model", "data", "training", "privacy", "progress", "market"];

const raw = (draft: Draft, section: DraftSection, name: string): DraftValue | undefined => draft[section]?.[name];

function required<T extends DraftValue>(
  draft: Draft,
  section: DraftSection,
  name: string,
  expected: string,
  fits: (value: DraftValue) => value is T,
  fallback?: T,
): T {
  const value = raw(draft, section, name);
  if (value === undefined) {
    if (fallback === undefined) throw new InvalidInput(`[${section}] ${name} is missing; expected ${expected}`);
    return fallback;
  }
  if (!fits(value)) {
    throw new InvalidInput(`[${section}] ${name}: expected ${expected}, got ${JSON.stringify(value)}`);
  }
  return value;
}

const isText = (value: DraftValue): value is string => typeof value === "string";
const isNumber = (value: DraftValue): value is number => typeof value === "number" && Number.isFinite(value);
const isWhole = (value: DraftValue): value is number => typeof value === "number" && Number.isSafeInteger(value);
const isFlag = (value: DraftValue): value is boolean => typeof value === "boolean";
const isTexts = (value: DraftValue): value is readonly string[] => Array.isArray(value);

export const textOf = (draft: Draft, section: DraftSection, name: string, fallback?: string): string =>
  required(draft, section, name, "a text", isText, fallback);

export const numberOf = (draft: Draft, section: DraftSection, name: string, fallback?: number): number =>
  required(draft, section, name, "a number", isNumber, fallback);

export const wholeOf = (draft: Draft, section: DraftSection, name: string, fallback?: number): number =>
  required(draft, section, name, "a whole number", isWhole, fallback);

export const flagOf = (draft: Draft, section: DraftSection, name: string, fallback?: boolean): boolean =>
  required(draft, section, name, "true or false", isFlag, fallback);

export const textsOf = (draft: Draft, section: DraftSection, name: string, fallback?: readonly string[]) =>
  required(draft, section, name, "a list of texts", isTexts, fallback);

/** The draft with one value replaced; `undefined` leaves it out, so that its default counts. */
export function withValue(draft: Draft, section: DraftSection, name: string, value: DraftValue | undefined): Draft {
  const { [name]: _old, ...others } = draft[section] ?? {};
  return { ...draft, [section]: value === undefined ? others : { ...others, [name]: value } };
}
