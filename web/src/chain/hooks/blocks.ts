/** Blocks of the network's IPFS node. What a digest names never changes, so it is read once. */
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Hex, hexToBytes } from "viem";
import { FallbackStore, GatewayStore, KuboStore } from "../../core/kubo";
import { readSpec, type Spec } from "../../core/specs";
import type { Store } from "../../core/store";
import type { Network } from "../network";
import { useNetwork } from "./context";

/** Writes to the node of the deployment; reads from its gateway too when the node does not answer. */
export function storeOf(network: Network): Store {
  const node = new KuboStore(network.ipfsApi);
  return network.ipfsGateway ? new FallbackStore(node, [new GatewayStore(network.ipfsGateway)]) : node;
}

export function useStore(): Store {
  const network = useNetwork();
  return useMemo(() => storeOf(network), [network]);
}

/** The specification that a task names. */
export function useSpec(digest: Hex | undefined) {
  const network = useNetwork();
  const store = useStore();
  return useQuery({ ...specQuery(network, store, digest ?? "0x"), enabled: digest !== undefined });
}

function specQuery(network: Network, store: Store, digest: Hex) {
  return queryOptions({
    // Below "chain", so that it is kept for reading offline.
    queryKey: ["chain", network.chainId, "spec", digest],
    queryFn: () => readSpec(store, hexToBytes(digest)),
    staleTime: Number.POSITIVE_INFINITY,
    retry: 1,
  });
}

/** Specifications of many tasks by digest; those that can't be had are missing. */
export function useSpecs(digests: readonly Hex[]): ReadonlyMap<Hex, Spec> {
  const network = useNetwork();
  const store = useStore();
  return useQueries({
    queries: digests.map((digest) => specQuery(network, store, digest)),
    combine: (answers) =>
      new Map(answers.flatMap(({ data }, index) => (data ? [[digests[index] ?? "0x", data] as const] : []))),
  });
}
