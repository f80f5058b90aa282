/** What the connected account can collect. */
import { useQuery } from "@tanstack/react-query";
import type { Address } from "viem";
import {
  claimsFor,
  type DueClaims,
  earningsOf,
  isDue,
  type MemberDue,
  memberDue,
  type RoundEarning,
  scoreBook,
} from "../earnings";
import { readTaskEvents } from "../events";
import { type ChainReader, readHead } from "../reader";
import { readCommittees } from "../reads/committees";
import { readClaimedRounds, readRounds, readTasks, readTrainer, readTrainerIndex } from "../reads/tasks";
import type { Committee, Moment, Task, Trainer } from "../types";
import { useChain } from "./context";
import { keys } from "./keys";

const REREAD_MS = 30_000;

/** An account's part in one task. */
export interface Part {
  readonly task: Task;
  readonly isOwner: boolean;
  readonly trainer: Trainer | undefined;
  readonly earnings: readonly RoundEarning[];
  readonly claims: DueClaims | null;
  /** As a member of its committee. */
  readonly seat: number | undefined;
  readonly fees: MemberDue | null;
}

/** Every task in which the account is owner, data owner or member, the newest first, at one block. */
export function useParts(account: Address | undefined) {
  const { network, reader } = useChain();
  return useQuery({
    queryKey: [...keys.account(network, account ?? "0x"), "parts"],
    queryFn: () => readParts(reader, account ?? "0x"),
    enabled: account !== undefined,
    refetchInterval: REREAD_MS,
  });
}

export async function readParts(reader: ChainReader, account: Address): Promise<readonly Part[]> {
  const at = await readHead(reader);
  const [tasks, committees] = await Promise.all([readTasks(reader, at), readCommittees(reader, at)]);
  const parts = await Promise.all(tasks.map((task) => readPart(reader, account, task, committees, at)));
  return parts.filter((part) => part !== null);
}

async function readPart(
  reader: ChainReader,
  account: Address,
  task: Task,
  committees: readonly Committee[],
  at: Moment,
): Promise<Part | null> {
  const isOwner = task.owner === account;
  const seats = committees.find(({ id }) => id === task.params.committeeId)?.seats ?? [];
  const index = await readTrainerIndex(reader, task.id, account, at);
  const place = seats.findIndex((seat) => seat.account === account);
  const seat = place < 0 ? undefined : place;
  if (!isOwner && index === null && seat === undefined) return null;
  const [rounds, claimed] = await Promise.all([
    readRounds(reader, task, at),
    readClaimedRounds(reader, task.id, account, at),
  ]);
  if (index === null) {
    const fees = seat === undefined ? null : memberDue(rounds, seat, claimed);
    return { task, isOwner, trainer: undefined, earnings: [], claims: null, seat, fees };
  }
  const [trainer, { events }] = await Promise.all([
    readTrainer(reader, task.id, index, at),
    readTaskEvents(reader, task, at),
  ]);
  const scores = scoreBook(events);
  const earnings = earningsOf(task, rounds, scores, trainer, claimed, at.timestamp);
  const due = earnings.filter(isDue);
  const claims: DueClaims = {
    task,
    claims: claimsFor(reader.network, task, scores, trainer, due),
    reward: due.reduce((sum, { reward }) => sum + reward, 0n),
    stakeShare: due.reduce((sum, { stakeShare }) => sum + stakeShare, 0n),
  };
  // `claimedRoundsOf` of a member who trains tells only of his claims as a trainer.
  return { task, isOwner, trainer, earnings, claims, seat, fees: null };
}
