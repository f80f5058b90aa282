/** What somebody could do with a task now, as far as its stored facts say; a simulation has the last word. */
import type { Address } from "viem";
import { zeroAddress } from "viem";
import { sameAccount } from "./earnings";
import { hasQuorum, isClosed, isFinal, isRoundFinal, standingOf } from "./status";
import { Dispute, type Round, Status, type Task, type Trainer } from "./types";

/** Seconds after which a challenge without a ruling lapses (`ARBITRATION_WINDOW`). */
const ARBITRATION_SECONDS = 30 * 86_400;

export type Action =
  | { readonly kind: "start" | "cancel" | "end" | "refund" | "expire" | "close" | "leave" }
  | { readonly kind: "claimExpired"; readonly share: bigint }
  | { readonly kind: "settle" | "challenge" | "lapse"; readonly round: number };

/** Who looks: the connected account and what it is to the task. */
export interface Viewer {
  readonly account: Address;
  readonly trainer: Trainer | undefined;
  /** Seat in the task's committee, counted from 0. */
  readonly seat: number | undefined;
}

/** In the order in which they should be offered. */
export function possibleActions(task: Task, rounds: readonly Round[], viewer: Viewer, now: number): readonly Action[] {
  const round = rounds.at(-1);
  const { due } = standingOf(task, round, now);
  const actions: Action[] = due === null ? [] : [{ kind: due }];
  actions.push(...ownersActions(task, viewer, due === "cancel"));
  actions.push(...trainersActions(task, round, viewer));
  for (const each of rounds) actions.push(...roundActions(task, each, now));
  if (isClosed(task) && !task.committeeReleased) actions.push({ kind: "close" });
  return actions;
}

function ownersActions(task: Task, viewer: Viewer, cancelDue: boolean): readonly Action[] {
  if (!sameAccount(task.owner, viewer.account)) return [];
  const actions: Action[] = [];
  if (task.status === Status.Joining && task.trainerCount === 0 && !cancelDue) actions.push({ kind: "cancel" });
  if (task.status === Status.Training && !task.endRequested) actions.push({ kind: "end" });
  if (task.refundable > 0n) actions.push({ kind: "refund" });
  return actions;
}

function trainersActions(task: Task, round: Round | undefined, viewer: Viewer): readonly Action[] {
  const actions: Action[] = [];
  const share = round ? expiredShare(task, round, viewer) : 0n;
  if (share > 0n) actions.push({ kind: "claimExpired", share });
  if (viewer.trainer && !viewer.trainer.left && isClosed(task)) actions.push({ kind: "leave" });
  return actions;
}

/** What silent members lost goes to the round's submitters, or when there are none to those who voted (R6). */
function expiredShare(task: Task, round: Round, { trainer, seat }: Viewer): bigint {
  if (task.status !== Status.Failed || round.revealedAt !== 0 || hasQuorum(round)) return 0n;
  const submitted = trainer?.submittedRounds === round.number + 1;
  const voted = seat !== undefined && ((round.votedMask >> seat) & 1) === 1;
  return (round.submitted > 0 ? submitted : voted) ? round.slashShare : 0n;
}

function roundActions(task: Task, round: Round, now: number): readonly Action[] {
  if (round.revealedAt === 0) return [];
  const { number } = round;
  if (round.dispute === Dispute.Open) {
    return now >= round.disputedAt + ARBITRATION_SECONDS ? [{ kind: "lapse", round: number }] : [];
  }
  if (!round.settled && isRoundFinal(task, round, now)) return [{ kind: "settle", round: number }];
  const open = round.dispute === Dispute.None && now < round.revealedAt + task.params.challengeWindow;
  return open && task.params.arbiter !== zeroAddress ? [{ kind: "challenge", round: number }] : [];
}

export function canJoin(task: Task, viewer: Viewer | null, now: number): boolean {
  const open = task.status === Status.Joining && now < task.joinEndsAt && task.trainerCount < task.params.maxTrainers;
  return open && !isFinal(task.status) && viewer?.trainer === undefined;
}
