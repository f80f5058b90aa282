/** Which tasks the market shows, and in which order. Pure. */
import type { ListedTask } from "../../chain/hooks/queries";
import { parseMoney } from "../../chain/money";
import type { Token } from "../../chain/network";
import { isFinal, standingOf } from "../../chain/status";
import { Status } from "../../chain/types";
import type { Spec } from "../../core/specs";

export type StatusFilter = "all" | "open" | "training" | "ended";
export type Order = "newest" | "reward" | "deadline";

export interface Filters {
  readonly search: string;
  readonly status: StatusFilter;
  /** As typed; of each task's own reward token. */
  readonly minReward: string;
  /** A family, or "". */
  readonly family: string;
  /** Columns the visitor has, separated by commas: tasks that want no others. */
  readonly columns: string;
  /** Number of a committee, or "". */
  readonly committee: string;
  /** Joining is possible for at least this many hours more, or "". */
  readonly hoursLeft: string;
  readonly order: Order;
}

export const NO_FILTERS: Filters = {
  search: "",
  status: "all",
  minReward: "",
  family: "",
  columns: "",
  committee: "",
  hoursLeft: "",
  order: "newest",
};

/** A task with what is known about it: its specification when IPFS gave it, its token when the chain did. */
export interface MarketEntry extends ListedTask {
  readonly spec: Spec | undefined;
  readonly token: Token | undefined;
}

/** The entries that pass, in order. `now`: chain time in seconds. */
export function selected(entries: readonly MarketEntry[], filters: Filters, now: number): readonly MarketEntry[] {
  return entries.filter((entry) => passes(entry, filters, now)).sort(comparison(filters.order, now));
}

export function countActive(filters: Filters): number {
  const { order: _, ...rest } = filters;
  return Object.entries(rest).filter(([key, value]) => value !== NO_FILTERS[key as keyof Filters]).length;
}

function passes(entry: MarketEntry, filters: Filters, now: number): boolean {
  const { task, spec } = entry;
  return (
    hasStatus(entry, filters.status) &&
    hasReward(entry, filters.minReward) &&
    (filters.family === "" || spec?.family === filters.family) &&
    (filters.committee === "" || task.params.committeeId === BigInt(filters.committee)) &&
    hasTime(entry, filters.hoursLeft, now) &&
    fitsColumns(spec, filters.columns) &&
    matches(entry, filters.search)
  );
}

function hasStatus({ task }: MarketEntry, wanted: StatusFilter): boolean {
  if (wanted === "open") return task.status === Status.Joining;
  if (wanted === "training") return task.status === Status.Training;
  return wanted === "ended" ? isFinal(task.status) : true;
}

function hasReward({ task, token }: MarketEntry, least: string): boolean {
  if (least.trim() === "") return true;
  const amount = token ? parseMoney(least, token) : null;
  // What is not a number filters nothing; the field says that it is wrong.
  return amount === null || task.params.pool >= amount;
}

function hasTime({ task }: MarketEntry, hours: string, now: number): boolean {
  if (hours === "") return true;
  return task.status === Status.Joining && task.joinEndsAt - now >= Number(hours) * 3_600;
}

/** All that the task wants is among what the visitor has. */
function fitsColumns(spec: Spec | undefined, columns: string): boolean {
  const have = new Set(words(columns));
  if (have.size === 0) return true;
  if (spec === undefined) return false;
  return [...spec.columns.map((column) => column.name), spec.target.name].every((name) => have.has(name.toLowerCase()));
}

function matches({ task, spec }: MarketEntry, search: string): boolean {
  const text = search.trim().toLowerCase();
  if (text === "") return true;
  const columns = spec?.columns.map((column) => column.name) ?? [];
  const about = [`#${task.id}`, task.owner, spec?.name, spec?.purpose, spec?.target.name, ...columns];
  return about.some((each) => each?.toLowerCase().includes(text));
}

function comparison(order: Order, now: number): (a: MarketEntry, b: MarketEntry) => number {
  const newest = (a: MarketEntry, b: MarketEntry) => Number(b.task.id - a.task.id);
  if (order === "reward") return (a, b) => compare(normalised(b), normalised(a)) || newest(a, b);
  if (order === "deadline") return (a, b) => nextAt(a, now) - nextAt(b, now) || newest(a, b);
  return newest;
}

/** In tokens times 1e18, so that tokens with other decimals compare by their number. */
function normalised({ task, token }: MarketEntry): bigint {
  return task.params.pool * 10n ** BigInt(18 - Math.min(18, token?.decimals ?? 18));
}

function nextAt({ task, round }: MarketEntry, now: number): number {
  return standingOf(task, round, now).deadline?.at ?? Number.MAX_SAFE_INTEGER;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function words(text: string): readonly string[] {
  return text
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter(Boolean);
}
