/** The network that the page shows, for every component below `ChainContext`. */
import { createContext, useContext } from "react";
import type { Network } from "../network";
import type { ChainReader } from "../reader";

export interface ChainSetting {
  readonly networks: readonly Network[];
  readonly network: Network;
  readonly reader: ChainReader;
  readonly select: (chainId: number) => void;
}

export const ChainContext = createContext<ChainSetting | null>(null);

export function useChain(): ChainSetting {
  const setting = useContext(ChainContext);
  if (setting === null) throw new Error("useChain needs a ChainContext above it");
  return setting;
}

export function useNetwork(): Network {
  return useChain().network;
}

/** For the pure readers of `reads/`. */
export function useReader(): ChainReader {
  return useChain().reader;
}
