/** What anybody or the owner can do with a task, explained. */
import type { Address } from "viem";
import { stakeLeft } from "../earnings";
import { formatMoney } from "../money";
import type { Network, Token } from "../network";
import type { Round, Task, Trainer } from "../types";
import { type Call, type ExplainedCall, marketCall } from "./call";

const ONLY_GAS = "You pay only the gas; nothing else of yours moves.";

export function startTask(network: Network, task: Task): ExplainedCall {
  return {
    title: `Start task ${task.id}`,
    confirm: "Start",
    lines: [
      `${task.trainerCount} data owners have joined. This opens the first of ${task.params.rounds} rounds.`,
      ONLY_GAS,
    ],
    call: marketCall(network, "start", [task.id]),
    done: `Task ${task.id} has started.`,
  };
}

export function cancelTask(network: Network, task: Task, token: Token): ExplainedCall {
  const escrow = task.params.pool + BigInt(task.params.rounds) * task.params.feePerRound;
  return {
    title: `Cancel task ${task.id}`,
    confirm: "Cancel the task",
    lines: ["The task never starts. Data owners who joined can take their stakes back.", ONLY_GAS],
    returns: [`The owner can then collect the whole escrow, ${formatMoney({ token, amount: escrow })}, by "Refund".`],
    risks: ["This can't be undone."],
    call: marketCall(network, "cancel", [task.id]),
    done: `Task ${task.id} is cancelled.`,
  };
}

export function endTask(network: Network, task: Task, round: Round | undefined): ExplainedCall {
  const running = (round?.submitted ?? 0) > 0;
  return {
    title: `End task ${task.id}`,
    confirm: "End the task",
    lines: [
      running
        ? "Updates of this round are in already, so it is scored and paid; after it no further round opens."
        : "Nobody has sent an update in this round yet, so the task ends at once.",
      ONLY_GAS,
    ],
    returns: ["What no round has earned becomes refundable to you when the task is over."],
    risks: ["This can't be undone: a task that has ended does not train again."],
    call: marketCall(network, "end", [task.id]),
    done: running ? `Task ${task.id} ends with this round.` : `Task ${task.id} has ended.`,
  };
}

export function refundTask(network: Network, task: Task, token: Token, to: Address): ExplainedCall {
  return {
    title: `Refund of task ${task.id}`,
    confirm: "Collect",
    lines: ["What no round has earned goes back to you. More may follow while rounds are being settled."],
    receives: [{ what: "Refund", token, amount: task.refundable }],
    call: marketCall(network, "refund", [task.id, to]),
    done: `The refund of task ${task.id} is in your wallet.`,
  };
}

export function expireTask(network: Network, task: Task): ExplainedCall {
  return {
    title: `Expire task ${task.id}`,
    confirm: "Expire",
    lines: [
      "The committee did not bring a result in time. The task fails: stakes come free and the rest of the money goes back to its owner.",
      "Members who did not vote lose a part of their stake to those who sent updates.",
      ONLY_GAS,
    ],
    call: marketCall(network, "expire", [task.id]),
    done: `Task ${task.id} has expired.`,
  };
}

export function settleRound(network: Network, task: Task, round: number): ExplainedCall {
  return {
    title: `Settle round ${round + 1} of task ${task.id}`,
    confirm: "Settle",
    lines: [
      "The round's result is final. This fixes who of the committee earned the fee, and fines members that were absent or voted otherwise.",
      ONLY_GAS,
    ],
    call: marketCall(network, "settle", [task.id, BigInt(round)]),
    done: `Round ${round + 1} of task ${task.id} is settled.`,
  };
}

export function closeTask(network: Network, task: Task): ExplainedCall {
  return {
    title: `Close task ${task.id}`,
    confirm: "Close",
    lines: ["All rounds are settled. This frees the committee for new tasks.", ONLY_GAS],
    call: marketCall(network, "close", [task.id]),
    done: `Task ${task.id} is closed.`,
  };
}

export function lapseDispute(network: Network, task: Task, round: number): ExplainedCall {
  return {
    title: `End the challenge of round ${round + 1}`,
    confirm: "End it",
    lines: [
      "The arbiter has not ruled in 30 days: the result stands, and the challenger gets the bond back.",
      ONLY_GAS,
    ],
    call: marketCall(network, "lapse", [task.id, BigInt(round)]),
    done: `The challenge of round ${round + 1} has lapsed.`,
  };
}

/** `cost`: wei of ether that the arbiter asks now. */
export function challengeRound(network: Network, task: Task, round: number, cost: bigint): ExplainedCall {
  const bond = { what: "Bond, from your free deposit", token: network.stakeToken, amount: task.params.challengeBond };
  return {
    title: `Challenge round ${round + 1} of task ${task.id}`,
    confirm: "Challenge",
    lines: [
      "The task's arbiter decides whether the committee's result stands. Until then nobody is paid for this round.",
      "The price of the arbitration is sent along in ether and does not come back.",
    ],
    locks: [bond],
    returns: [
      "If the result is overturned: your bond, and half of what the members who voted for it lose.",
      "If the arbiter does not rule in 30 days, or refuses to: your bond.",
    ],
    risks: ["If the arbiter says that the result stands, your bond goes to the committee's members."],
    call: marketCall(network, "challenge", [task.id, BigInt(round)], cost),
    done: `Round ${round + 1} of task ${task.id} is challenged.`,
  };
}

export function leaveTask(network: Network, task: Task, trainer: Trainer): ExplainedCall {
  return {
    title: `Take your stake back from task ${task.id}`,
    confirm: "Take it back",
    lines: [
      "The task is over. Your stake, less penalties, becomes free in your deposit; withdraw it on the account page.",
    ],
    receives: [{ what: "Free in your deposit", token: network.stakeToken, amount: stakeLeft(task, trainer) }],
    call: leaveCall(network, task),
    done: `Your stake of task ${task.id} is free.`,
  };
}

export function leaveCall(network: Network, task: Task): Call {
  return marketCall(network, "leave", [task.id]);
}

export function claimExpired(network: Network, task: Task, share: bigint): ExplainedCall {
  return {
    title: `Collect for the expired round of task ${task.id}`,
    confirm: "Collect",
    lines: ["The committee brought no result. What its silent members lost is shared among those who did their work."],
    receives: [{ what: "To your deposit", token: network.stakeToken, amount: share }],
    call: marketCall(network, "claimExpired", [task.id]),
    done: `Collected: it is in your deposit.`,
  };
}
