/** How a committee has served, counted from the rounds of its tasks. Pure. */
import { Dispute, type Round, Status, type Task } from "./types";

export interface SeatRecord {
  /** Rounds with a result in which the seat's vote was the result's. */
  readonly matched: number;
  /** Rounds with a result in which it voted otherwise or not at all. */
  readonly missed: number;
  /** Wei of stake that was taken from it. */
  readonly slashed: bigint;
}

export interface CommitteeRecord {
  readonly tasks: readonly Task[];
  readonly rounds: number;
  /** Rounds that brought no result in time. */
  readonly expired: number;
  readonly overturned: number;
  readonly seats: readonly SeatRecord[];
}

/** A task with all its rounds. */
export interface TaskRounds {
  readonly task: Task;
  readonly rounds: readonly Round[];
}

/** `slashes`: what each seat lost, by seat. */
export function committeeRecord(
  size: number,
  served: readonly TaskRounds[],
  slashes: ReadonlyMap<number, bigint>,
): CommitteeRecord {
  const all = served.flatMap(({ rounds }) => rounds);
  const revealed = all.filter(({ revealedAt }) => revealedAt !== 0);
  const seats = Array.from({ length: size }, (_, seat): SeatRecord => {
    const matched = revealed.filter(({ matchedMask }) => ((matchedMask >> seat) & 1) === 1).length;
    // A vote still counts until the window ends; rounds are held against a seat only when they are settled.
    const missed = revealed.filter(({ matchedMask, settled }) => settled && ((matchedMask >> seat) & 1) === 0).length;
    return { matched, missed, slashed: slashes.get(seat) ?? 0n };
  });
  return {
    tasks: served.map(({ task }) => task),
    rounds: revealed.length,
    expired: served.filter(({ task, rounds }) => hasExpired(task, rounds)).length,
    overturned: revealed.filter(({ dispute }) => dispute === Dispute.Overturned).length,
    seats,
  };
}

function hasExpired(task: Task, rounds: readonly Round[]): boolean {
  const last = rounds.at(-1);
  return task.status === Status.Failed && last !== undefined && last.revealedAt === 0;
}
