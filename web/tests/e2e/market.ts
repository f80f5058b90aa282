/** What the chain says, read past the page: each claim of the page is compared with it. */
import { type Address, createPublicClient, http, type ParseEventLogsReturnType, parseEventLogs } from "viem";
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
  const allLogs = async (toBlock?: bigint) =>
    parseEventLogs({
      abi: taskMarketAbi,
      logs: await client.getLogs({ address: network.market, fromBlock: 0n, toBlock: toBlock ?? "latest" }),
    });
  const task = (id: bigint, blockNumber?: bigint) =>
    client.readContract({ ...market, functionName: "taskOf", args: [id], ...(blockNumber ? { blockNumber } : {}) });
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
    task,
    round: (id: bigint, round: number) =>
      client.readContract({ ...market, functionName: "roundOf", args: [id, BigInt(round)] }),
    trainer: (id: bigint, index: number) =>
      client.readContract({ ...market, functionName: "trainerAt", args: [id, BigInt(index)] }),
    /** Every event of one task, oldest first. */
    events: async (id: bigint) => (await allLogs()).filter(({ args }) => "taskId" in args && args.taskId === id),
    tasksOf: async (owner: Address) =>
      (await allLogs()).filter(({ eventName, args }) => eventName === "TaskPosted" && args.owner === owner),
    /** What the market holds of the reward token, and what it should: all escrows less all that was paid out. */
    holdings: async () => {
      const blockNumber = await client.getBlockNumber();
      const [logs, held] = await Promise.all([
        allLogs(blockNumber),
        client.readContract({
          address: reward.address,
          abi: tokenDoubleAbi,
          functionName: "balanceOf",
          args: [network.market],
          blockNumber,
        }),
      ]);
      let owed = -sumOf(paymentsIn(logs));
      for (const event of logs) {
        if (event.eventName !== "TaskPosted") continue;
        const { params } = await task(event.args.taskId, blockNumber);
        owed += params.pool + BigInt(params.rounds) * params.feePerRound;
      }
      return { held, owed };
    },
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

export interface Payments {
  readonly rewards: bigint;
  readonly fees: bigint;
  readonly refunds: bigint;
}

type MarketEvent = ParseEventLogsReturnType<typeof taskMarketAbi, undefined, true>[number];

export function paymentsIn(events: readonly MarketEvent[]): Payments {
  const sums = { rewards: 0n, fees: 0n, refunds: 0n };
  for (const event of events) {
    if (event.eventName === "RewardClaimed") sums.rewards += event.args.reward;
    if (event.eventName === "FeesClaimed") sums.fees += event.args.fees;
    if (event.eventName === "Refunded") sums.refunds += event.args.amount;
  }
  return sums;
}

export const sumOf = ({ rewards, fees, refunds }: Payments): bigint => rewards + fees + refunds;
