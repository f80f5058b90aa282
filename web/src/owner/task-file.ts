/** Task files in and out: TOML as `deltaml task post` reads it. */

import { parse, stringify } from "smol-toml";
import { InvalidInput } from "../core/errors";
import { type Draft, SECTIONS } from "./draft";
import { draftFrom } from "./draft-from";

const MAX_CHARACTERS = 1 << 20;

/** Throws InvalidInput saying what the file lacks to be a task file. */
export function readTaskFile(text: string, fileName: string): Draft {
  if (text.length > MAX_CHARACTERS) throw new InvalidInput(`${fileName} is too long for a task file`);
  let value: unknown;
  try {
    value = parse(text, { integersAsBigInt: true });
  } catch (error) {
    throw new InvalidInput(`can't read the task file ${fileName}: ${error instanceof Error ? error.message : error}`);
  }
  return draftFrom(value);
}

export const writeTaskFile = (draft: Draft): string => stringify(inOrder(draft));

function inOrder(draft: Draft): Record<string, unknown> {
  return Object.fromEntries(SECTIONS.flatMap((section) => (draft[section] ? [[section, draft[section]]] : [])));
}
