/** Blocks of the network's IPFS node. What a digest names never changes, so it is read once. */
import { useQuery } from "@tanstack/react-query";
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
  return useQuery<Spec>({
    // Below "chain", so that it is kept for reading offline.
    queryKey: ["chain", network.chainId, "spec", digest ?? "0x"],
    queryFn: () => readSpec(store, hexToBytes(digest ?? "0x")),
    enabled: digest !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: 1,
  });
}
