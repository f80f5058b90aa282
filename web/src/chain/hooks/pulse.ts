/** Follows the chain: every new block is searched for our events, and what they touch is read again. */
import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { RpcLog } from "viem";
import { decodeCommitteeEvent, decodeMarketEvent, decodeVaultEvent } from "../events";
import { readLogs } from "../log-ranges";
import type { Network } from "../network";
import { type ChainReader, pollingMs, readHead } from "../reader";
import { setChainTime } from "./clock";
import { useChain } from "./context";
import { keys } from "./keys";

/** Keys that the logs of one poll make stale. */
export function staleKeys(network: Network, logs: readonly RpcLog[]): readonly QueryKey[] {
  const stale = new Map<string, QueryKey>();
  const add = (key: QueryKey) => stale.set(key.join("/"), key);
  const root = [...keys.root(network), "account"];
  for (const log of logs) {
    const market = decodeMarketEvent(log, 0);
    const vault = market ? null : decodeVaultEvent(log, 0);
    const committee = market || vault ? null : decodeCommitteeEvent(log, 0);
    if (market) {
      add(keys.tasks(network));
      add(keys.task(network, market.args.taskId));
      add(root);
    }
    if (vault) add(root);
    if (committee && "committeeId" in committee.args) {
      add(keys.committees(network));
      add(keys.committee(network, committee.args.committeeId));
    }
  }
  return [...stale.values()];
}

/** Mount once. Says whether the chain answers, to `onReachable`. */
export function useChainPulse(onReachable: (reachable: boolean) => void): void {
  const { reader } = useChain();
  const queries = useQueryClient();
  useEffect(() => {
    const pulse = new AbortController();
    void beat(reader, queries, pulse.signal, onReachable);
    return () => pulse.abort();
  }, [reader, queries, onReachable]);
}

async function beat(
  reader: ChainReader,
  queries: QueryClient,
  signal: AbortSignal,
  onReachable: (reachable: boolean) => void,
): Promise<void> {
  let seen: bigint | null = null;
  while (!signal.aborted) {
    try {
      seen = await look(reader, queries, seen);
      if (!signal.aborted) onReachable(true);
    } catch {
      if (!signal.aborted) onReachable(false);
    }
    await pause(pollingMs(reader.network), signal);
  }
}

async function look(reader: ChainReader, queries: QueryClient, seen: bigint | null): Promise<bigint> {
  const { network } = reader;
  const head = await readHead(reader);
  // The pending block's time is what a transaction sent now will see; a chain at rest has an old head.
  const pending = await reader.client.getBlock({ blockTag: "pending" }).catch(() => null);
  setChainTime(Math.max(head.timestamp, Number(pending?.timestamp ?? 0n)));
  if (seen !== null && head.number > seen) {
    const address = [network.market, network.vault, network.committees];
    const logs = await readLogs(reader, { address, topics: [] }, seen + 1n, head.number);
    await Promise.all(staleKeys(network, logs).map((queryKey) => queries.invalidateQueries({ queryKey })));
  }
  if (seen !== null && head.number < seen) await queries.invalidateQueries({ queryKey: keys.root(network) });
  return head.number;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
