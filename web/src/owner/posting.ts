/** Posting a published task: the transaction, explained, and whether it has been done already. */

import { type Address, type Hex, parseEventLogs, type TransactionReceipt } from "viem";
import { taskMarketAbi } from "../chain/abi/TaskMarket";
import { formatMoney } from "../chain/money";
import type { Network, Token } from "../chain/network";
import type { ChainReader } from "../chain/reader";
import { readTasks } from "../chain/reads/tasks";
import { type ExplainedCall, marketCall } from "../chain/transactions/call";
import type { TaskParams } from "../chain/types";
import { escrowOf } from "./params";

export function postCall(network: Network, name: string, params: TaskParams, reward: Token): ExplainedCall {
  const fees = BigInt(params.rounds) * params.feePerRound;
  const tell = (amount: bigint) => formatMoney({ token: reward, amount });
  return {
    title: `Post “${name}”`,
    confirm: "Post the task",
    lines: [
      `The market keeps ${tell(escrowOf(params))} of yours until the task is over.`,
      `Data owners can join at once. With fewer than ${params.minTrainers} of them the task is cancelled.`,
      "Terms can't be changed afterwards.",
    ],
    pays: [
      { what: "Reward pool", token: reward, amount: params.pool },
      { what: `Committee's fee, ${params.rounds} rounds`, token: reward, amount: fees },
    ],
    returns: [
      "What the model's progress does not release, and the fees of rounds that never run, come back to you.",
      "Until the first data owner has joined you can cancel and get everything back.",
    ],
    risks: [
      params.arbiter === "0x0000000000000000000000000000000000000000"
        ? "Nobody decides disputes: you trust that fewer than a third of the committee's members lie."
        : `Disputes are decided by ${params.arbiter}.`,
    ],
    call: marketCall(network, "post", [params]),
    spending: { token: reward, amount: escrowOf(params), spender: network.market, through: "market" },
    done: `“${name}” is posted.`,
  };
}

/** The task number that the market gave in this transaction. */
export function postedTaskId(receipt: TransactionReceipt): bigint | null {
  const [posted] = parseEventLogs({ abi: taskMarketAbi, eventName: "TaskPosted", logs: receipt.logs });
  return posted?.args.taskId ?? null;
}

/** What became of an attempt of before: nothing, a task, or a transaction that no block has taken yet. */
export type Earlier =
  | { readonly kind: "none" }
  | { readonly kind: "pending"; readonly hash: Hex }
  | { readonly kind: "posted"; readonly taskId: bigint };

/**
 * Asks the chain before anything is paid again. The specification holds a freshly sealed validation set, so no two
 * attempts share its digest by chance. `hash`: of the transaction that was sent last, if any.
 */
export async function earlierAttempt(
  reader: ChainReader,
  owner: Address,
  specDigest: Hex,
  hash: Hex | undefined,
): Promise<Earlier> {
  const tasks = await readTasks(reader);
  const mine = tasks.find((task) => sameAddress(task.owner, owner) && task.params.specDigest === specDigest);
  if (mine) return { kind: "posted", taskId: mine.id };
  const sent = hash ? await reader.client.getTransaction({ hash }).catch(() => null) : null;
  return hash && sent && sent.blockNumber === null ? { kind: "pending", hash } : { kind: "none" };
}

export const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
