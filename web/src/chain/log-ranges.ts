/** Logs over long ranges of blocks, from nodes that answer for a few thousand blocks at a time. */
import type { Address, Hex, RpcLog } from "viem";
import type { ChainReader } from "./reader";

/** What the strictest of the usual providers allow; those that allow less get their range halved. */
const BLOCKS_PER_REQUEST = 10_000n;
const FEWEST_BLOCKS = 100n;

export interface LogFilter {
  readonly address: Address | readonly Address[];
  /** As in eth_getLogs: null matches everything. */
  readonly topics: readonly (Hex | readonly Hex[] | null)[];
}

/** Raw logs of blocks `from` to `to`, both included, in chain order. */
export async function readLogs(
  reader: ChainReader,
  filter: LogFilter,
  from: bigint,
  to: bigint,
): Promise<readonly RpcLog[]> {
  const logs: RpcLog[] = [];
  let size = BLOCKS_PER_REQUEST;
  let next = from;
  while (next <= to) {
    const last = next + size - 1n < to ? next + size - 1n : to;
    try {
      logs.push(...(await request(reader, filter, next, last)));
      next = last + 1n;
    } catch (error) {
      if (size <= FEWEST_BLOCKS) throw error;
      size /= 2n;
    }
  }
  return logs;
}

/** The first block with this timestamp or a later one, between `low` and `high`; `high` when there is none. */
export async function firstBlockAt(reader: ChainReader, timestamp: number, low: bigint, high: bigint): Promise<bigint> {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = (from + to) / 2n;
    const block = await reader.client.getBlock({ blockNumber: middle });
    if (Number(block.timestamp) < timestamp) from = middle + 1n;
    else to = middle;
  }
  return from;
}

async function request(reader: ChainReader, filter: LogFilter, from: bigint, to: bigint): Promise<RpcLog[]> {
  const address = typeof filter.address === "string" ? filter.address : [...filter.address];
  const topics = filter.topics.map((topic) => (Array.isArray(topic) ? [...topic] : topic)) as (Hex | Hex[] | null)[];
  return reader.client.request({
    method: "eth_getLogs",
    params: [{ address, topics, fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` }],
  });
}
