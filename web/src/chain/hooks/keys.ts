/** Keys of the query cache: everything hangs below its chain and, where there is one, its task or committee. */
import type { Address } from "viem";
import type { Network } from "../network";

/** The market's address too: a development chain that restarts is another chain with the same number. */
const root = (network: Network) => ["chain", network.chainId, network.market] as const;

export const keys = {
  root,
  tasks: (network: Network) => [...root(network), "tasks"] as const,
  task: (network: Network, id: bigint) => [...root(network), "task", id.toString()] as const,
  events: (network: Network, id: bigint) => [...root(network), "task", id.toString(), "events"] as const,
  committees: (network: Network) => [...root(network), "committees"] as const,
  committee: (network: Network, id: bigint) => [...root(network), "committee", id.toString()] as const,
  account: (network: Network, account: Address) => [...root(network), "account", account.toLowerCase()] as const,
  token: (network: Network, token: Address) => [...root(network), "token", token.toLowerCase()] as const,
};
