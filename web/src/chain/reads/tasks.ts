/** Typed reads of the market. Those given a moment answer for that block; without one, for the newest. */
import type { Address } from "viem";
import { taskMarketAbi } from "../abi/TaskMarket";
import type { ChainReader } from "../reader";
import type { Dispute, Moment, ProgressRule, Round, Status, Task, Trainer } from "../types";

/** Tasks posted so far; they are numbered from 1. */
export async function readTaskCount(reader: ChainReader, at?: Moment): Promise<bigint> {
  return reader.client.readContract({ ...market(reader), functionName: "taskCount", ...blockOf(at) });
}

export async function readTask(reader: ChainReader, id: bigint, at?: Moment): Promise<Task> {
  const task = await reader.client.readContract({
    ...market(reader),
    functionName: "taskOf",
    args: [id],
    ...blockOf(at),
  });
  const { params } = task;
  return {
    ...task,
    id,
    status: task.status as Status,
    params: { ...params, progressRule: params.progressRule as ProgressRule },
  };
}

/** All tasks, the newest first. */
export async function readTasks(reader: ChainReader, at?: Moment): Promise<readonly Task[]> {
  const count = await readTaskCount(reader, at);
  const ids = Array.from({ length: Number(count) }, (_, index) => count - BigInt(index));
  return Promise.all(ids.map((id) => readTask(reader, id, at)));
}

export async function readRound(reader: ChainReader, id: bigint, number: number, at?: Moment): Promise<Round> {
  const round = await reader.client.readContract({
    ...market(reader),
    functionName: "roundOf",
    args: [id, BigInt(number)],
    ...blockOf(at),
  });
  return { ...round, number, dispute: round.dispute as Dispute };
}

/** Rounds that have opened, in order; none of a task that has not started. */
export async function readRounds(reader: ChainReader, task: Task, at?: Moment): Promise<readonly Round[]> {
  const numbers = Array.from({ length: task.round + 1 }, (_, number) => number);
  const rounds = await Promise.all(numbers.map((number) => readRound(reader, task.id, number, at)));
  return rounds.filter((round) => round.openedAt !== 0);
}

export async function readTrainer(reader: ChainReader, id: bigint, index: number, at?: Moment): Promise<Trainer> {
  const trainer = await reader.client.readContract({
    ...market(reader),
    functionName: "trainerAt",
    args: [id, BigInt(index)],
    ...blockOf(at),
  });
  return { ...trainer, index };
}

/** In the order of joining. */
export async function readTrainers(reader: ChainReader, task: Task, at?: Moment): Promise<readonly Trainer[]> {
  const indices = Array.from({ length: task.trainerCount }, (_, index) => index);
  return Promise.all(indices.map((index) => readTrainer(reader, task.id, index, at)));
}

/** Place of `account` in the order of joining, or null if it has not joined. */
export async function readTrainerIndex(
  reader: ChainReader,
  id: bigint,
  account: Address,
  at?: Moment,
): Promise<number | null> {
  const number = await reader.client.readContract({
    ...market(reader),
    functionName: "trainerNumberOf",
    args: [id, account],
    ...blockOf(at),
  });
  return number === 0n ? null : Number(number) - 1;
}

/** Bit r: `account`, trainer or member, has claimed round r. */
export async function readClaimedRounds(
  reader: ChainReader,
  id: bigint,
  account: Address,
  at?: Moment,
): Promise<bigint> {
  return reader.client.readContract({
    ...market(reader),
    functionName: "claimedRoundsOf",
    args: [id, account],
    ...blockOf(at),
  });
}

export function blockOf(at: Moment | undefined): { readonly blockNumber?: bigint } {
  return at === undefined ? {} : { blockNumber: at.number };
}

function market(reader: ChainReader) {
  return { address: reader.network.market, abi: taskMarketAbi } as const;
}
