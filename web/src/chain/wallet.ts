/** Wallets: found by EIP-6963, reconnected on reload without asking. */
import { type Config, createConfig, http, injected } from "wagmi";
import { chainOf, type Network } from "./network";
import { pollingMs } from "./reader";

/** wagmi's configuration for the networks of the deployment; the first one is where a new visitor starts. */
export function createWalletConfig(networks: readonly Network[]): Config {
  const [first, ...rest] = networks.map(chainOf);
  if (first === undefined) throw new RangeError("no network to connect to");
  return createConfig({
    chains: [first, ...rest],
    // Only used when no wallet announces itself; see `announced`.
    connectors: [injected()],
    transports: Object.fromEntries(networks.map((network) => [network.chainId, http(network.rpcUrl)])),
    pollingInterval: Math.min(...networks.map(pollingMs)),
  });
}

interface Named {
  readonly id: string;
}

/** Wallets to offer: those that announced themselves, or else whatever sits at window.ethereum. */
export function offeredWallets<C extends Named>(connectors: readonly C[], hasInjected: boolean): readonly C[] {
  const announced = connectors.filter((connector) => connector.id !== "injected");
  if (announced.length > 0) return announced;
  return hasInjected ? connectors : [];
}

/** Opens this very page in MetaMask's own browser on a phone. */
export function metamaskLink(location: {
  readonly host: string;
  readonly pathname: string;
  readonly hash: string;
}): string {
  return `https://metamask.app.link/dapp/${location.host}${location.pathname}${location.hash}`;
}
