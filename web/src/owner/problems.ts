/** What is wrong with a draft, field by field, in sentences that say what to do. */

import type { Table } from "../core/table";
import type { Draft, DraftSection, DraftValue } from "./draft";
import { ALL_FIELDS, type FieldRule } from "./fields";

/** By "section.name". */
export type Problems = Readonly<Record<string, string>>;

export const problem = (section: DraftSection, name: string, sentence: string): Problems => ({
  [`${section}.${name}`]: sentence,
});

/** Everything that can be said of a draft and the validation file without asking the chain. */
export function draftProblems(draft: Draft, table: Table | null): Problems {
  const fields = ALL_FIELDS.flatMap((rule) => {
    const sentence = fieldProblem(rule, draft[rule.section]?.[rule.name]);
    return sentence === null ? [] : [problem(rule.section, rule.name, sentence)];
  });
  // What a single field lacks is said before what two of them together do.
  return Object.assign({}, ...togetherProblems(draft), ...dataProblems(draft, table), ...fields);
}

function fieldProblem(rule: FieldRule, value: DraftValue | undefined): string | null {
  if (value === undefined || value === "") {
    return rule.fallback === undefined ? "This can't be left empty." : null;
  }
  if (rule.kind === "text" || rule.kind === "longText") {
    return String(value).length > 2000 ? "At most 2,000 characters." : null;
  }
  if (rule.kind === "address") {
    return /^0x[0-9a-fA-F]{40}$/.test(String(value)) ? null : "An address is 0x and 40 digits or letters a to f.";
  }
  if (rule.kind === "flag" || rule.kind === "choice") return null;
  if (typeof value !== "number" || !Number.isFinite(value)) return "This is not a number.";
  if (rule.kind !== "number" && !Number.isInteger(value)) return "This must be a whole number.";
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = rule;
  if (value < low) return `At least ${plain(low)}.`;
  return value > high ? `At most ${plain(high)}.` : null;
}

const plain = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 6 });

function togetherProblems(draft: Draft): Problems[] {
  const number = (section: DraftSection, name: string): number => {
    const rule = ALL_FIELDS.find((field) => field.section === section && field.name === name);
    const value = draft[section]?.[name] ?? rule?.fallback;
    return typeof value === "number" ? value : Number.NaN;
  };
  const market = (name: string) => number("market", name);
  const rounds = market("rounds");
  const rules: [boolean, Problems][] = [
    [
      market("vote_seconds") <= 2 * market("commit_seconds"),
      problem("market", "vote_seconds", "This must be more than twice the time to commit."),
    ],
    [
      rounds * market("miss_penalty") > market("unit_stake"),
      problem(
        "market",
        "miss_penalty",
        "Missing every round would cost more than the stake: lower it or raise the stake.",
      ),
    ],
    [
      rounds * market("harm_penalty_bps") > 10_000,
      problem("market", "harm_penalty_bps", "Over all rounds this would take more than the whole stake."),
    ],
    [
      market("min_trainers") > market("max_trainers"),
      problem("market", "min_trainers", "This must not be more than the most data owners."),
    ],
    [
      market("min_trainers") < number("privacy", "min_updates"),
      problem("market", "min_trainers", "With fewer than the least updates in a sum, no sum could ever be opened."),
    ],
    [
      number("progress", "target_loss") >= number("progress", "baseline_loss"),
      problem("progress", "target_loss", "This must be below the baseline loss."),
    ],
  ];
  return rules.flatMap(([broken, sentence]) => (broken ? [sentence] : []));
}

function dataProblems(draft: Draft, table: Table | null): Problems[] {
  if (table === null) return [problem("data", "file", "Choose a CSV file with the rows that the model is judged by.")];
  const columns = listOf(draft.data?.columns);
  const classes = listOf(draft.data?.classes);
  const target = draft.data?.target;
  const found: Problems[] = [];
  if (typeof target !== "string" || target === "") {
    found.push(problem("data", "target", "Choose the column that the model shall predict."));
  } else if (!table.names.includes(target)) {
    found.push(problem("data", "target", `Your file has no column ${target}.`));
  } else found.push(...targetProblems(draft.model?.family, target, classes, table));
  if (columns.length === 0) found.push(problem("data", "columns", "Tick at least one column to predict from."));
  else if (columns.some((name) => name === target)) {
    found.push(problem("data", "columns", "The column to predict can't be an input, too."));
  } else {
    const unusable = columns
      .map((name) => [name, numbersProblem(table, name)] as const)
      .find(([, why]) => why !== null);
    if (unusable) found.push(problem("data", "columns", `${unusable[1]}`));
  }
  return found;
}

function targetProblems(
  family: DraftValue | undefined,
  target: string,
  classes: readonly string[],
  table: Table,
): Problems[] {
  const say = (name: string, sentence: string) => [problem("data", name, sentence)];
  if (family === "linear") {
    if (classes.length > 0) return say("classes", "A model that predicts a number has no classes.");
    const why = numbersProblem(table, target);
    return why === null ? [] : say("target", why);
  }
  if (family === "logistic" && classes.length !== 2) {
    return say("classes", `Yes-or-no needs exactly two classes; here are ${classes.length}. Choose “one of several”.`);
  }
  if (classes.length < 2) return say("classes", "Name at least two classes.");
  try {
    table.labels(target, classes);
    return [];
  } catch (error) {
    return say("classes", error instanceof Error ? error.message : String(error));
  }
}

/** Why a column can't be used as numbers, or null. */
function numbersProblem(table: Table, name: string): string | null {
  try {
    table.numbers(name);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const listOf = (value: DraftValue | undefined): readonly string[] => (Array.isArray(value) ? value : []);
