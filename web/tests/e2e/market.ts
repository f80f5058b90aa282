/** What the chain says, read past the page: each claim of the page is compared with it. */
import { type Address, createPublicClient, type Hex, http, parseEventLogs } from "viem";
import { stakeVaultAbi } from "../../src/chain/abi/StakeVault";
import { taskMarketAbi } from "../../src/chain/abi/TaskMarket";
import { tokenDoubleAbi } from "../../src/chain/abi/TokenDouble";
import type { Network } from "../../src/chain/network";
import type { Place } from "./stage";

export type Market = Awaited<ReturnType<typeof openMarket>>;

export async function openMarket(place: Place) {
  const response = await fetch(new URL("deployment.json", place.pageUrl));
  const { networks } = (await response.json()) as { networks: [Network] };
  const [network] = networks;
  const [reward] = network.rewardTokens;
  if (reward === undefined) throw new Error("the stage has no reward token");
  const client = createPublicClient({ transport: http(place.rpcUrl), pollingInterval: 200 });
  const market = { address: network.market, abi: taskMarketAbi } as const;
  const request = client.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  const allLogs = async () =>
    parseEventLogs({
      abi: taskMarketAbi,
      logs: await client.getLogs({ address: network.market, fromBlock: 0n, toBlock: "latest" }),
    });
  return {
    network,
    client,
    reward,
    stake: network.stakeToken,
    balance: (token: { readonly address: Address }, owner: Address) =>
      client.readContract({ address: token.address, abi: tokenDoubleAbi, functionName: "balanceOf", args: [owner] }),
    deposit: (owner: Address) =>
      client.readContract({ address: network.vault, abi: stakeVaultAbi, functionName: "depositOf", args: [owner] }),
    nonce: (owner: Address) => client.getTransactionCount({ address: owner }),
    task: (id: bigint) => client.readContract({ ...market, functionName: "taskOf", args: [id] }),
    round: (id: bigint, round: number) =>
      client.readContract({ ...market, functionName: "roundOf", args: [id, BigInt(round)] }),
    trainer: (id: bigint, index: number) =>
      client.readContract({ ...market, functionName: "trainerAt", args: [id, BigInt(index)] }),
    /** Every event of one task, oldest first. */
    events: async (id: bigint) => (await allLogs()).filter(({ args }) => "taskId" in args && args.taskId === id),
    tasksOf: async (owner: Address) =>
      (await allLogs()).filter(({ eventName, args }) => eventName === "TaskPosted" && args.owner === owner),
    /** Turns the chain's clock: for the hours in which results can be challenged. */
    passTime: async (seconds: number) => {
      await request({ method: "evm_increaseTime", params: [seconds] });
      await request({ method: "evm_mine", params: [] });
    },
    /** A read of the chain that comes true sooner or later. */
    until: async (what: string, isTrue: () => Promise<boolean>, milliseconds = 240_000) => {
      const deadline = Date.now() + milliseconds;
      while (!(await isTrue())) {
        if (Date.now() > deadline) throw new Error(`not within ${milliseconds / 1000} s: ${what}`);
        await new Promise((done) => setTimeout(done, 300));
      }
    },
  };
}

export type { Hex };
