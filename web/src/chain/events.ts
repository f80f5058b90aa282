/** Events of the three contracts as one union, `event.name` telling them apart. */
import {
  type Abi,
  type AbiEvent,
  type AbiParameterToPrimitiveType,
  decodeEventLog,
  type Hex,
  hexToBigInt,
  hexToNumber,
  pad,
  type RpcLog,
  toHex,
} from "viem";
import { committeesAbi } from "./abi/Committees";
import { stakeVaultAbi } from "./abi/StakeVault";
import { taskMarketAbi } from "./abi/TaskMarket";
import { firstBlockAt, type LogFilter, readLogs } from "./log-ranges";
import type { ChainReader } from "./reader";
import type { Moment, Task } from "./types";

/** Place on the chain: by block and index, which is the committee's clock. Timestamp in seconds. */
export interface Position {
  readonly blockNumber: bigint;
  readonly logIndex: number;
  readonly timestamp: number;
  readonly transactionHash: Hex;
}

type EventsOf<A extends Abi> = Extract<A[number], AbiEvent>;
type ArgsOf<E extends AbiEvent> = {
  readonly [P in E["inputs"][number] as P["name"] extends string ? P["name"] : never]: AbiParameterToPrimitiveType<P>;
};
type Named<E extends AbiEvent> = E extends AbiEvent
  ? { readonly name: E["name"]; readonly args: ArgsOf<E>; readonly position: Position }
  : never;

export type MarketEvent = Named<EventsOf<typeof taskMarketAbi>>;
export type CommitteeEvent = Named<EventsOf<typeof committeesAbi>>;
export type VaultEvent = Named<EventsOf<typeof stakeVaultAbi>>;

/** The event of one name: `EventOf<"RoundRevealed">`. */
export type EventOf<N extends (MarketEvent | CommitteeEvent | VaultEvent)["name"]> = Extract<
  MarketEvent | CommitteeEvent | VaultEvent,
  { readonly name: N }
>;

/** Events of one name, in their order. */
export function eventsNamed<N extends MarketEvent["name"]>(
  events: readonly MarketEvent[],
  name: N,
): readonly Extract<MarketEvent, { readonly name: N }>[] {
  return events.filter((event): event is Extract<MarketEvent, { readonly name: N }> => event.name === name);
}

/** What was read of an event log, and up to which block, so that the next read fetches only what is new. */
export interface EventPage<E> {
  readonly upTo: bigint;
  readonly events: readonly E[];
}

/** Blocks that are read again each time: what they hold may still be reorganised. */
const UNSETTLED_BLOCKS = 12n;
/** A longer history is searched by time instead of read from the deployment on. */
const SHORT_HISTORY = 20_000n;

/** All events of a task up to `head`, in chain order. `before`: an earlier answer, of which only the end is re-read. */
export async function readTaskEvents(
  reader: ChainReader,
  task: Task,
  head: Moment,
  before?: EventPage<MarketEvent>,
): Promise<EventPage<MarketEvent>> {
  const topics = [null, pad(toHex(task.id))] as const;
  const known = before && before.upTo <= head.number ? before : undefined;
  const start = known ? resumeAt(known, reader) : await postedAt(reader, task, head);
  return resumed(reader, { address: reader.network.market, topics }, start, head, known, decodeMarketEvent);
}

/** Events of `address` that match the topics, from the deployment on. */
export async function readEvents<E extends { readonly position: Position }>(
  reader: ChainReader,
  filter: LogFilter,
  head: Moment,
  decode: (log: RpcLog, timestamp: number) => E | null,
  before?: EventPage<E>,
): Promise<EventPage<E>> {
  const known = before && before.upTo <= head.number ? before : undefined;
  return resumed(reader, filter, known ? resumeAt(known, reader) : reader.network.blockNumber, head, known, decode);
}

export function decodeMarketEvent(log: RpcLog, timestamp: number): MarketEvent | null {
  return decode(taskMarketAbi, log, timestamp) as MarketEvent | null;
}

export function decodeCommitteeEvent(log: RpcLog, timestamp: number): CommitteeEvent | null {
  return decode(committeesAbi, log, timestamp) as CommitteeEvent | null;
}

export function decodeVaultEvent(log: RpcLog, timestamp: number): VaultEvent | null {
  return decode(stakeVaultAbi, log, timestamp) as VaultEvent | null;
}

async function resumed<E extends { readonly position: Position }>(
  reader: ChainReader,
  filter: LogFilter,
  from: bigint,
  head: Moment,
  known: EventPage<E> | undefined,
  decodeOne: (log: RpcLog, timestamp: number) => E | null,
): Promise<EventPage<E>> {
  const logs = await readLogs(reader, filter, from, head.number);
  const times = await timestampsOf(reader, logs);
  const kept = known?.events.filter((event) => event.position.blockNumber < from) ?? [];
  const fresh = logs.flatMap((log) => decodeOne(log, times.get(log.blockHash ?? "0x") ?? 0) ?? []);
  return { upTo: head.number, events: [...kept, ...fresh] };
}

function resumeAt(page: EventPage<unknown>, { network }: ChainReader): bigint {
  const from = page.upTo - UNSETTLED_BLOCKS + 1n;
  return from > network.blockNumber ? from : network.blockNumber;
}

async function postedAt(reader: ChainReader, task: Task, head: Moment): Promise<bigint> {
  const first = reader.network.blockNumber;
  if (head.number - first < SHORT_HISTORY) return first;
  return firstBlockAt(reader, task.joinEndsAt - task.params.joinWindow, first, head.number);
}

/** Timestamp of each log's block by its hash; most nodes put it into the log. */
async function timestampsOf(reader: ChainReader, logs: readonly RpcLog[]): Promise<ReadonlyMap<Hex, number>> {
  const times = new Map<Hex, number>();
  const missing = new Set<Hex>();
  for (const log of logs) {
    const stamp: unknown = "blockTimestamp" in log ? log.blockTimestamp : undefined;
    if (log.blockHash === null) continue;
    if (typeof stamp === "string") times.set(log.blockHash, hexToNumber(stamp as Hex));
    else missing.add(log.blockHash);
  }
  const blocks = await Promise.all([...missing].map((blockHash) => reader.client.getBlock({ blockHash })));
  for (const block of blocks) times.set(block.hash, Number(block.timestamp));
  return times;
}

function decode(abi: Abi, log: RpcLog, timestamp: number) {
  try {
    const { eventName, args } = decodeEventLog({ abi, data: log.data, topics: log.topics as [Hex, ...Hex[]] });
    const position: Position = {
      blockNumber: hexToBigInt(log.blockNumber ?? "0x0"),
      logIndex: hexToNumber(log.logIndex ?? "0x0"),
      timestamp,
      transactionHash: log.transactionHash ?? "0x",
    };
    return { name: eventName, args, position };
  } catch {
    // Not one of ours: a newer contract may say things that this page does not know.
    return null;
  }
}
