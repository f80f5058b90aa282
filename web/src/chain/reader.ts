/** A chain that can be read without any wallet. */
import {
  type Address,
  type Chain,
  type Client,
  createClient,
  type HttpTransport,
  http,
  type PublicActions,
} from "viem";
import {
  call,
  estimateGas,
  getBalance,
  getBlock,
  getCode,
  getGasPrice,
  getTransaction,
  readContract,
  simulateBlocks,
  waitForTransactionReceipt,
} from "viem/actions";
import { chainOf, type Network } from "./network";
import type { Moment } from "./types";

/** Where multicall3 stands on nearly every public chain. */
const MULTICALL3: Address = "0xcA11bde05977b3631167028862bE2a173976CA11";
const POLLING_MS = 4_000;
const LOCAL_POLLING_MS = 1_000;
const LOCAL_CHAINS = new Set([1337, 31337]);

/** What the page asks of a node. viem's own public client has all that one can ask, and is four times as large. */
type Reads = Pick<
  PublicActions<HttpTransport, Chain>,
  | "call"
  | "estimateGas"
  | "getBalance"
  | "getBlock"
  | "getCode"
  | "getGasPrice"
  | "getTransaction"
  | "readContract"
  | "simulateBlocks"
  | "waitForTransactionReceipt"
>;
export type ReadClient = Client<HttpTransport, Chain> & Reads;

/** What every read needs; hold one per network. */
export interface ChainReader {
  readonly network: Network;
  readonly client: ReadClient;
}

export function pollingMs(network: Network): number {
  return LOCAL_CHAINS.has(network.chainId) ? LOCAL_POLLING_MS : POLLING_MS;
}

/** A reader over `rpcUrl`: parallel reads go out together, by multicall if the network has it, else as one batch. */
export function createReader(network: Network): ChainReader {
  const client = createClient({
    chain: chainOf(network),
    transport: http(network.rpcUrl, { batch: { batchSize: 100 }, retryCount: 2 }),
    pollingInterval: pollingMs(network),
    ...(network.multicall ? { batch: { multicall: true } } : {}),
  }).extend(
    (base) =>
      ({
        call: (args) => call(base, args),
        estimateGas: (args) => estimateGas(base, args),
        getBalance: (args) => getBalance(base, args),
        getBlock: (args) => getBlock(base, args),
        getCode: (args) => getCode(base, args),
        getGasPrice: () => getGasPrice(base),
        getTransaction: (args) => getTransaction(base, args),
        readContract: (args) => readContract(base, args),
        simulateBlocks: (args) => simulateBlocks(base, args),
        waitForTransactionReceipt: (args) => waitForTransactionReceipt(base, args),
      }) as Reads,
  );
  return { network, client };
}

const DETECTION_MS = 2_000;

/** The network with `multicall` set if the contract is there. A node that does not answer soon leaves it unset. */
export async function detectMulticall(network: Network): Promise<Network> {
  const client = createClient({
    chain: chainOf(network),
    transport: http(network.rpcUrl, { timeout: DETECTION_MS, retryCount: 0 }),
  });
  try {
    const code = await getCode(client, { address: MULTICALL3 });
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
