/** Nothing is paid twice: the chain is asked before a transaction is sent again. */
import { encodeAbiParameters, encodeEventTopics, type TransactionReceipt } from "viem";
import { describe, expect, it } from "vitest";
import { taskMarketAbi } from "../../src/chain/abi/TaskMarket";
import type { ChainReader } from "../../src/chain/reader";
import { makeParams } from "../../src/owner/params";
import { earlierAttempt, postCall, postedTaskId } from "../../src/owner/posting";
import { STARTING_DRAFT } from "../../src/owner/starting-draft";

const ALICE = `0x${"a1".repeat(20)}` as const;
const MARKET = `0x${"aa".repeat(20)}` as const;
const TOKEN = { address: `0x${"70".repeat(20)}`, symbol: "RWD", decimals: 18 } as const;
const MINE = `0x${"11".repeat(32)}` as const;
const OTHER = `0x${"22".repeat(32)}` as const;
const HASH = `0x${"33".repeat(32)}` as const;

/** A chain with one task of Alice's, and perhaps a transaction that waits. */
function chain(specDigest: string, pending: boolean): ChainReader {
  const client = {
    readContract: async ({ functionName }: { functionName: string }) =>
      functionName === "taskCount" ? 1n : { owner: ALICE.toUpperCase().replace("0X", "0x"), params: { specDigest } },
    getTransaction: async () => {
      if (!pending) throw new Error("unknown transaction");
      return { blockNumber: null };
    },
  };
  return { network: { market: MARKET }, client } as unknown as ChainReader;
}

describe("an earlier attempt", () => {
  it("has led to a task", async () => {
    expect(await earlierAttempt(chain(MINE, false), ALICE, MINE, HASH)).toEqual({ kind: "posted", taskId: 1n });
  });
  it("may still lead to one", async () => {
    expect(await earlierAttempt(chain(OTHER, true), ALICE, MINE, HASH)).toEqual({ kind: "pending", hash: HASH });
  });
  it("has led nowhere", async () => {
    expect(await earlierAttempt(chain(OTHER, true), ALICE, MINE, undefined)).toEqual({ kind: "none" });
    expect(await earlierAttempt(chain(OTHER, false), ALICE, MINE, HASH)).toEqual({ kind: "none" });
  });
});

describe("the transaction", () => {
  const draft = { ...STARTING_DRAFT, market: { ...STARTING_DRAFT.market, committee: 1 } };
  const params = makeParams(draft, TOKEN.address, MINE, MINE);
  const network = { market: MARKET } as Parameters<typeof postCall>[0];

  it("says what it costs, and takes exactly that", () => {
    const call = postCall(network, "Risk", params, TOKEN);
    expect(call.pays?.reduce((sum, { amount }) => sum + amount, 0n)).toBe(call.spending?.amount);
    expect(call.lines.join(" ")).toContain("110 RWD");
    expect(call.risks?.join(" ")).toMatch(/Nobody decides disputes/);
    expect(call.call.to).toBe(MARKET);
  });
  it("gives the task's number", () => {
    const topics = encodeEventTopics({
      abi: taskMarketAbi,
      eventName: "TaskPosted",
      args: { taskId: 7n, owner: ALICE, committeeId: 1n },
    });
    const data = encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }], [MINE, MINE]);
    const receipt = { logs: [{ address: MARKET, topics, data }] } as unknown as TransactionReceipt;
    expect(postedTaskId(receipt)).toBe(7n);
    expect(postedTaskId({ logs: [] } as unknown as TransactionReceipt)).toBeNull();
  });
});
