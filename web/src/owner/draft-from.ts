/** A draft from what a parsed file or the browser's storage holds. */
import { InvalidInput } from "../core/errors";
import { type Draft, type DraftValue, SECTIONS } from "./draft";

/** Throws InvalidInput naming what is not a section or a value. */
export function draftFrom(value: unknown): Draft {
  if (!isMap(value)) throw new InvalidInput("a task file consists of sections such as [model] and [market]");
  const draft: Record<string, Record<string, DraftValue>> = {};
  for (const section of SECTIONS) {
    const given = value[section];
    if (given === undefined) continue;
    if (!isMap(given)) throw new InvalidInput(`${section} is a value; expected a section [${section}]`);
    draft[section] = Object.fromEntries(Object.entries(given).map(([name, v]) => [name, draftValue(section, name, v)]));
  }
  if (draft.model?.sealed === true) {
    throw new InvalidInput("this task file asks for a sealed model: post it with `deltaml task post`");
  }
  return draft;
}

function draftValue(section: string, name: string, value: unknown): DraftValue {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string" || typeof item === "bigint")) {
    return value.map(String);
  }
  throw new InvalidInput(`[${section}] ${name}: expected a text, a number, true or false, or a list of texts`);
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
