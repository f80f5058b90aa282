/** The headless data client's ports, filled with this page's chain, wallet, node and device. */
import { useMemo } from "react";
import { useConnection } from "wagmi";
import { useChain, useStore, useTransaction } from "../../chain";
import type { World } from "../../data/runner";
import { chainPorts } from "./chain-ports";
import { chainWriter } from "./chain-writer";
import { useDevice } from "./use-device";

/** Null until the device's database is open and a wallet is connected. */
export function useWorld(): World | null {
  const { reader } = useChain();
  const { run } = useTransaction();
  const { address } = useConnection();
  const { data: device } = useDevice();
  const store = useStore();
  return useMemo(() => {
    if (device === undefined || address === undefined) return null;
    const trainer = lazyTrainer();
    return { reader: chainPorts(reader), writer: chainWriter(reader, run, address), store, device, trainer };
  }, [reader, run, address, device, store]);
}

/** The worker's code is loaded when something is trained. */
function lazyTrainer(): World["trainer"] {
  return {
    train: async (job, signal, progress) => {
      const { WorkerTrainer } = await import("../../data/worker-trainer");
      return new WorkerTrainer().train(job, signal, progress);
    },
  };
}
