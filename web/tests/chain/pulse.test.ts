import { encodeAbiParameters, encodeEventTopics, type Hex, type RpcLog, zeroHash } from "viem";
import { describe, expect, test } from "vitest";
import { committeesAbi } from "../../src/chain/abi/Committees";
import { stakeVaultAbi } from "../../src/chain/abi/StakeVault";
import { taskMarketAbi } from "../../src/chain/abi/TaskMarket";
import { decodeMarketEvent } from "../../src/chain/events";
import { keys } from "../../src/chain/hooks/keys";
import { staleKeys } from "../../src/chain/hooks/pulse";
import { ALICE, NETWORK } from "./samples";

function log(topics: readonly unknown[], data: Hex = "0x"): RpcLog {
  return {
    address: NETWORK.market,
    topics: topics as [Hex, ...Hex[]],
    data,
    blockNumber: "0x5",
    blockHash: zeroHash,
    logIndex: "0x1",
    transactionHash: zeroHash,
    transactionIndex: "0x0",
    removed: false,
  };
}

const submitted = log(
  encodeEventTopics({
    abi: taskMarketAbi,
    eventName: "UpdateSubmitted",
    args: { taskId: 7n, round: 2n, trainer: ALICE },
  }),
  encodeAbiParameters([{ type: "uint256" }, { type: "bytes32" }], [1n, zeroHash]),
);

test("an event has its name, its arguments and its place", () => {
  expect(decodeMarketEvent(submitted, 99)).toEqual({
    name: "UpdateSubmitted",
    args: { taskId: 7n, round: 2n, trainer: ALICE, index: 1n, digest: zeroHash },
    position: { blockNumber: 5n, logIndex: 1, timestamp: 99, transactionHash: zeroHash },
  });
});

test("what this page does not know is left out", () => {
  expect(decodeMarketEvent(log([zeroHash]), 0)).toBeNull();
});

describe("what an event makes stale", () => {
  test("of a task: the list, the task, and everybody's account", () => {
    expect(staleKeys(NETWORK, [submitted, submitted])).toEqual([
      keys.tasks(NETWORK),
      keys.task(NETWORK, 7n),
      [...keys.root(NETWORK), "account"],
    ]);
  });

  test("of the vault: accounts only", () => {
    const topics = encodeEventTopics({
      abi: stakeVaultAbi,
      eventName: "Withdrawn",
      args: { account: ALICE, to: ALICE },
    });
    const withdrawn = log(topics, encodeAbiParameters([{ type: "uint256" }], [1n]));
    expect(staleKeys(NETWORK, [withdrawn])).toEqual([[...keys.root(NETWORK), "account"]]);
  });

  test("of a committee: that one and the list", () => {
    const topics = encodeEventTopics({
      abi: committeesAbi,
      eventName: "Retired",
      args: { committeeId: 3n, member: ALICE },
    });
    expect(staleKeys(NETWORK, [log(topics)])).toEqual([keys.committees(NETWORK), keys.committee(NETWORK, 3n)]);
  });

  test("of nobody we know: nothing", () => {
    expect(staleKeys(NETWORK, [log([zeroHash])])).toEqual([]);
  });
});
