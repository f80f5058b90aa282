/** What the chain says, as react-query answers: cached, kept for reading offline, re-read on events and on a timer. */
import { keepPreviousData, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Address } from "viem";
import { useConnection } from "wagmi";
import { type EventPage, type MarketEvent, readTaskEvents } from "../events";
import type { Token } from "../network";
import { type ChainReader, readHead } from "../reader";
import { readAccountStake, readBalance, readToken } from "../reads/accounts";
import { readCommittee, readCommittees, readRate } from "../reads/committees";
import { readRound, readRounds, readTask, readTasks, readTrainers } from "../reads/tasks";
import { type AccountStake, type Moment, type Round, Status, type Task, type Trainer } from "../types";
import { useChain } from "./context";
import { keys } from "./keys";

/** Nodes lose events now and then, so everything on the page is read again after this long. */
const REREAD_MS = 30_000;

/** A task with its current round, for lists. */
export interface ListedTask {
  readonly task: Task;
  readonly round: Round | undefined;
}

/** A task with all that the chain keeps of it, at one block. */
export interface TaskDetail extends ListedTask {
  readonly at: Moment;
  readonly rounds: readonly Round[];
  readonly trainers: readonly Trainer[];
}

/** All tasks, the newest first. */
export function useTasks() {
  const { network, reader } = useChain();
  return useQuery({
    queryKey: keys.tasks(network),
    queryFn: () => readListedTasks(reader),
    refetchInterval: REREAD_MS,
  });
}

export function useTask(id: bigint) {
  const { network, reader } = useChain();
  return useQuery({
    queryKey: [...keys.task(network, id), "detail"],
    queryFn: () => readTaskDetail(reader, id),
    refetchInterval: REREAD_MS,
  });
}

/** All that the market ever said of a task, in chain order. */
export function useTaskEvents(id: bigint) {
  const { network, reader } = useChain();
  const client = useQueryClient();
  const queryKey = keys.events(network, id);
  return useQuery({
    queryKey,
    queryFn: async () => {
      const head = await readHead(reader);
      const before = client.getQueryData<EventPage<MarketEvent>>(queryKey);
      return readTaskEvents(reader, await readTask(reader, id, head), head, before);
    },
    select: (page) => page.events,
    refetchInterval: REREAD_MS,
  });
}

export function useCommittees() {
  const { network, reader } = useChain();
  return useQuery({
    queryKey: keys.committees(network),
    queryFn: () => readCommittees(reader),
    refetchInterval: REREAD_MS,
  });
}

export function useCommittee(id: bigint) {
  const { network, reader } = useChain();
  return useQuery({
    queryKey: keys.committee(network, id),
    queryFn: () => readCommittee(reader, id),
    refetchInterval: REREAD_MS,
  });
}

/** How many wei of stake a committee counts one wei of the token for, times 1e18. */
export function useRate(committeeId: bigint, token: Address) {
  const { network, reader } = useChain();
  return useQuery({
    queryKey: [...keys.committee(network, committeeId), "rate", token],
    queryFn: () => readRate(reader, committeeId, token),
    // A charter never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What `account`, or else the connected account, has in the vault. */
export function useAccountStake(account?: Address) {
  const { network, reader } = useChain();
  const connection = useConnection();
  const who = account ?? connection.address;
  return useQuery<AccountStake>({
    queryKey: [...keys.account(network, who ?? "0x"), "stake"],
    queryFn: () => readAccountStake(reader, who ?? "0x"),
    enabled: who !== undefined,
    refetchInterval: REREAD_MS,
  });
}

/** Wei of a token in the wallet of `account`, or of the connected account. */
export function useBalance(token: Address | undefined, account?: Address) {
  const { network, reader } = useChain();
  const connection = useConnection();
  const who = account ?? connection.address;
  return useQuery({
    queryKey: [...keys.account(network, who ?? "0x"), "balance", token ?? "0x"],
    queryFn: () => readBalance(reader, token ?? "0x", who ?? "0x"),
    enabled: who !== undefined && token !== undefined,
    refetchInterval: REREAD_MS,
  });
}

/** Wei of ether in the wallet. */
export function useEther(account?: Address) {
  const { network, reader } = useChain();
  const connection = useConnection();
  const who = account ?? connection.address;
  return useQuery({
    queryKey: [...keys.account(network, who ?? "0x"), "ether"],
    queryFn: () => reader.client.getBalance({ address: who ?? "0x" }),
    enabled: who !== undefined,
    refetchInterval: REREAD_MS,
  });
}

/** Symbol and decimals of a token; at once for those the deployment lists. */
export function useToken(address: Address | undefined): Token | undefined {
  const { network, reader } = useChain();
  const listed = [network.stakeToken, ...network.rewardTokens].find((token) => token.address === address);
  const { data } = useQuery({
    queryKey: keys.token(network, address ?? "0x"),
    queryFn: () => readToken(reader, address ?? "0x"),
    enabled: address !== undefined && listed === undefined,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  return listed ?? (address === undefined ? undefined : data);
}

/** Symbols and decimals of many tokens, each once; those not known yet are missing. */
export function useTokens(addresses: readonly Address[]): ReadonlyMap<Address, Token> {
  const { network, reader } = useChain();
  const distinct = [...new Set(addresses)];
  return useQueries({
    queries: distinct.map((address) => ({
      queryKey: keys.token(network, address),
      queryFn: () => readToken(reader, address),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data ? [[data.address, data] as const] : []))),
  });
}

async function readListedTasks(reader: ChainReader): Promise<readonly ListedTask[]> {
  const head = await readHead(reader);
  const tasks = await readTasks(reader, head);
  return Promise.all(
    tasks.map(async (task) => {
      const round = task.status === Status.Training ? await readRound(reader, task.id, task.round, head) : undefined;
      return { task, round };
    }),
  );
}

async function readTaskDetail(reader: ChainReader, id: bigint): Promise<TaskDetail> {
  const at = await readHead(reader);
  const task = await readTask(reader, id, at);
  const [rounds, trainers] = await Promise.all([readRounds(reader, task, at), readTrainers(reader, task, at)]);
  return { at, task, rounds, trainers, round: rounds.at(-1) };
}
