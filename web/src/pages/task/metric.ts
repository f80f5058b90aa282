/** What is public of a task's metric: progress is on chain, and the loss follows from it and the specification. */
import { eventsNamed, type MarketEvent } from "../../chain/events";
import { ProgressRule, type Task } from "../../chain/types";
import { MICRO } from "../../core/spec";
import type { Spec } from "../../core/specs";
import type { Point } from "../../ui/charts";

/** Progress after each revealed round, 0 to 1; rounds are counted from 1. */
export function progressPoints(events: readonly MarketEvent[]): readonly Point[] {
  return eventsNamed(events, "RoundRevealed").map(({ args }) => ({
    x: Number(args.round) + 1,
    y: Number(args.progressWad) / 1e18,
  }));
}

/** Validation loss after each round; none where progress does not measure it. */
export function lossPoints(task: Task, spec: Spec | undefined, events: readonly MarketEvent[]): readonly Point[] {
  if (spec?.kind !== "open" || task.params.progressRule !== ProgressRule.Measured) return [];
  const [baseline, target] = [spec.baselineLossMicro / MICRO, spec.targetLossMicro / MICRO];
  const lossAt = (progress: number) =>
    spec.progressRule === "log"
      ? baseline * (target / baseline) ** progress
      : baseline - progress * (baseline - target);
  const points = progressPoints(events).map(({ x, y }) => ({ x, y: lossAt(y) }));
  return [{ x: 0, y: baseline }, ...points];
}
