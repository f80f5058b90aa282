/** Where a task stands, derived from stored facts and the chain's clock as the contract derives it (`phaseOf`). */
import { Dispute, Phase, type Round, Status, type Task } from "./types";

export type Tone = "neutral" | "active" | "good" | "bad" | "waiting";

/** A moment that matters, in seconds of chain time. `what` completes "… in 5 minutes". */
export interface Deadline {
  readonly at: number;
  readonly what: string;
}

export interface Standing {
  readonly status: Status;
  readonly phase: Phase;
  /** One or two words for a badge. */
  readonly label: string;
  readonly tone: Tone;
  /** One sentence: what happens now. */
  readonly sentence: string;
  readonly deadline: Deadline | null;
  /** What anybody may do now because time is up. */
  readonly due: "start" | "cancel" | "expire" | null;
}

export function isFinal(status: Status): boolean {
  return status === Status.Completed || status === Status.Failed || status === Status.Cancelled;
}

/** `round`: the task's current round, if it has started. `now`: chain time in seconds. */
export function standingOf(task: Task, round: Round | undefined, now: number): Standing {
  if (task.status === Status.Joining) return joining(task, now);
  if (task.status === Status.Training) return training(task, round, now);
  return ended(task);
}

/** `phaseOf` of the contract. */
export function phaseOf(task: Task, round: Round | undefined, now: number): Phase {
  if (task.status !== Status.Training || round === undefined) return Phase.None;
  if (now < round.closesAt) return Phase.Submitting;
  if (now < round.commitEndsAt) return Phase.Committing;
  if (now < round.openEndsAt) return Phase.Opening;
  return now < expiresAt(task, round) ? Phase.Voting : Phase.Overdue;
}

/** From when on an unrevealed round may expire. */
export function expiresAt(task: Task, round: Round): number {
  return hasQuorum(round) ? round.voteEndsAt + task.params.commitWindow : round.voteEndsAt;
}

export function hasQuorum(round: Round): boolean {
  return BigInt(round.quorumHash) !== 0n;
}

/** From when on a revealed round is final; null while it is not revealed or under dispute. */
export function finalAt(task: Task, round: Round): number | null {
  if (round.revealedAt === 0 || round.dispute === Dispute.Open) return null;
  return Math.max(round.voteEndsAt, round.revealedAt + task.params.challengeWindow);
}

export function isRoundFinal(task: Task, round: Round, now: number): boolean {
  const at = finalAt(task, round);
  return round.settled || (at !== null && now >= at);
}

/** All rounds settled and the task at its end: stakes and the committee's exposure can come free. */
export function isClosed(task: Task): boolean {
  return isFinal(task.status) && task.unsettled === 0;
}

function joining(task: Task, now: number): Standing {
  const { minTrainers, maxTrainers } = task.params;
  const base = { status: task.status, phase: Phase.None };
  const joined = `${task.trainerCount} of ${maxTrainers} places taken, at least ${minTrainers} needed`;
  if (now < task.joinEndsAt) {
    const deadline = { at: task.joinEndsAt, what: "joining ends" };
    return {
      ...base,
      label: "Open",
      tone: "active",
      sentence: `Data owners can join: ${joined}.`,
      deadline,
      due: null,
    };
  }
  const enough = task.trainerCount >= minTrainers;
  const sentence = enough
    ? "Joining is over. Anybody may start the training."
    : `Joining is over and too few joined (${joined}). Anybody may cancel; the owner gets everything back.`;
  const label = enough ? "Can start" : "Too few joined";
  return { ...base, label, tone: "waiting", sentence, deadline: null, due: enough ? "start" : "cancel" };
}

function training(task: Task, round: Round | undefined, now: number): Standing {
  const phase = phaseOf(task, round, now);
  const base = { status: task.status, phase, label: "Training" } as const;
  if (round === undefined) return { ...base, tone: "active", sentence: "Training.", deadline: null, due: null };
  const which = `Round ${round.number + 1} of ${task.params.rounds}`;
  const say = (what: string) =>
    `${which}: ${what}${task.endRequested ? " The owner ends the task with this round." : ""}`;
  const until = (at: number, what: string) => ({ deadline: { at, what }, due: null }) as const;
  switch (phase) {
    case Phase.Submitting: {
      const sentence = say(`data owners train and send updates (${round.submitted} of ${task.trainerCount} sent).`);
      return { ...base, tone: "active", sentence, ...until(round.closesAt, "updates close") };
    }
    case Phase.Committing: {
      const sentence = say("the committee checks the updates and commits to its work.");
      return { ...base, tone: "active", sentence, ...until(round.commitEndsAt, "commitments close") };
    }
    case Phase.Opening: {
      const sentence = say("the committee opens its work and votes on the scores.");
      return { ...base, tone: "active", sentence, ...until(round.openEndsAt, "opening closes") };
    }
    case Phase.Voting: {
      const sentence = hasQuorum(round)
        ? say("the committee agrees; one member has to show the result.")
        : say("the committee votes on the scores.");
      return { ...base, tone: "active", sentence, ...until(expiresAt(task, round), "the round may expire") };
    }
    default: {
      const sentence = say("the committee is late. Anybody may end the task; stakes and money go back.");
      return { ...base, label: "Overdue", tone: "bad", sentence, deadline: null, due: "expire" };
    }
  }
}

function ended(task: Task): Standing {
  const base = { status: task.status, phase: Phase.None, deadline: null, due: null } as const;
  const ran = `${task.round + 1} of ${task.params.rounds} ${task.params.rounds === 1 ? "round" : "rounds"}`;
  switch (task.status) {
    case Status.Completed:
      return { ...base, label: "Completed", tone: "good", sentence: `Ended as agreed, after ${ran}.` };
    case Status.Failed:
      return {
        ...base,
        label: "Failed",
        tone: "bad",
        sentence: "Failed. What no round had earned goes back to the owner.",
      };
    case Status.Cancelled:
      return { ...base, label: "Cancelled", tone: "neutral", sentence: "Never started. Everything goes back." };
    default:
      return { ...base, label: "Unknown", tone: "neutral", sentence: "No such task." };
  }
}
