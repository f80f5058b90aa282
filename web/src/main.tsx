import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { WagmiProvider } from "wagmi";
import { App } from "./app";
import { ChainContext } from "./chain/hooks/context";
import { createQueryClient, keepQueries } from "./chain/hooks/persist";
import { loadNetworks, type Network } from "./chain/network";
import { createReader, detectMulticall } from "./chain/reader";
import { createWalletConfig } from "./chain/wallet";
import "./ui/style/index.css";

const NETWORK_KEY = "deltaml-network";

const element = document.getElementById("root");
if (element === null) throw new Error("index.html has no #root");
const root = createRoot(element);
const queries = createQueryClient();

start().catch((error: unknown) => {
  const why = error instanceof Error ? error.message : String(error);
  root.render(
    <main>
      <h1>This page can't start</h1>
      <p role="alert">{why}</p>
    </main>,
  );
});

async function start(): Promise<void> {
  const [given] = await Promise.all([loadNetworks(), keepQueries(queries)]);
  const networks = await Promise.all(given.map(detectMulticall));
  root.render(
    <StrictMode>
      <Root networks={networks} />
    </StrictMode>,
  );
}

function Root({ networks }: { readonly networks: readonly Network[] }) {
  const [chainId, setChainId] = useState(() => Number(localStorage.getItem(NETWORK_KEY) ?? 0));
  const config = useMemo(() => createWalletConfig(networks), [networks]);
  const network = networks.find((each) => each.chainId === chainId) ?? networks[0];
  if (network === undefined) throw new Error("deployment.json names no network");
  const reader = useMemo(() => createReader(network), [network]);
  const setting = useMemo(() => {
    const select = (chosen: number) => {
      localStorage.setItem(NETWORK_KEY, String(chosen));
      setChainId(chosen);
    };
    return { networks, network, reader, select };
  }, [networks, network, reader]);
  return (
    <WagmiProvider config={config}>
      <QueryClientProvider client={queries}>
        <ChainContext value={setting}>
          <App />
        </ChainContext>
      </QueryClientProvider>
    </WagmiProvider>
  );
}
