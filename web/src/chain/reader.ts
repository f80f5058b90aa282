/** A chain that can be read without any wallet. */
import { type Address, createPublicClient, http, type PublicClient } from "viem";
import { chainOf, type Network } from "./network";
import type { Moment } from "./types";

/** Where multicall3 stands on nearly every public chain. */
const MULTICALL3: Address = "0xcA11bde05977b3631167028862bE2a173976CA11";
const POLLING_MS = 4_000;
const LOCAL_POLLING_MS = 1_000;
const LOCAL_CHAINS = new Set([1337, 31337]);

/** What every read needs; hold one per network. */
export interface ChainReader {
  readonly network: Network;
  readonly client: PublicClient;
}

export function pollingMs(network: Network): number {
  return LOCAL_CHAINS.has(network.chainId) ? LOCAL_POLLING_MS : POLLING_MS;
}

/** A reader over `rpcUrl`: parallel reads go out together, by multicall if the network has it, else as one batch. */
export function createReader(network: Network): ChainReader {
  const client = createPublicClient({
    chain: chainOf(network),
    transport: http(network.rpcUrl, { batch: { batchSize: 100 }, retryCount: 2 }),
    pollingInterval: pollingMs(network),
    ...(network.multicall ? { batch: { multicall: true } } : {}),
  });
  return { network, client };
}

/** The network with `multicall` set if the contract is there. An unreachable node leaves it unset. */
export async function detectMulticall(network: Network): Promise<Network> {
  try {
    const code = await createReader(network).client.getCode({ address: MULTICALL3 });
    return code && code !== "0x" ? { ...network, multicall: MULTICALL3 } : network;
  } catch {
    return network;
  }
}

/** The newest block. */
export async function readHead({ client }: ChainReader): Promise<Moment> {
  const block = await client.getBlock();
  return { number: block.number, timestamp: Number(block.timestamp) };
}
