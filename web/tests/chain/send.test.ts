import { createClient, custom, numberToHex } from "viem";
import { expect, test } from "vitest";
import { chainOf } from "../../src/chain/network";
import type { ChainReader } from "../../src/chain/reader";
import { send, type Wallet } from "../../src/chain/transactions/send";
import { ALICE, NETWORK } from "./samples";

const HASH = `0x${"ab".repeat(32)}` as const;
const CALL = { to: NETWORK.market, data: "0x1234", value: 0n } as const;

/** The gas that the wallet is asked for, where the node estimates so much. */
async function gasAskedFor(estimate: bigint): Promise<unknown> {
  const sent: { gas?: unknown }[] = [];
  const provider = {
    request: async ({ method, params }: { method: string; params?: unknown }) => {
      if (method === "eth_chainId") return numberToHex(NETWORK.chainId);
      if (method !== "eth_sendTransaction") throw new Error(`asked for ${method}`);
      sent.push((params as [{ gas?: unknown }])[0]);
      return HASH;
    },
  };
  const client = createClient({ account: ALICE, chain: chainOf(NETWORK), transport: custom(provider) });
  const reader = { network: NETWORK, client: { estimateGas: async () => estimate } } as unknown as ChainReader;
  expect(await send(reader, { client, account: ALICE } as Wallet, CALL)).toBe(HASH);
  return sent[0]?.gas;
}

test("half as much gas again as the node estimates: others may act in the same block", async () => {
  expect(await gasAskedFor(40_000n)).toBe(numberToHex(60_000));
});

test("never more than one transaction may have", async () => {
  expect(await gasAskedFor(2n ** 24n - 1n)).toBe(numberToHex(2 ** 24));
});

test("a call that would revert does not reach the wallet", async () => {
  const reader = {
    network: NETWORK,
    client: {
      estimateGas: async () => {
        throw new Error("execution reverted");
      },
    },
  } as unknown as ChainReader;
  await expect(send(reader, {} as Wallet, CALL)).rejects.toThrow("execution reverted");
});
