import { decodeFunctionData } from "viem";
import { describe, expect, test } from "vitest";
import { stakeVaultAbi } from "../../src/chain/abi/StakeVault";
import { taskMarketAbi } from "../../src/chain/abi/TaskMarket";
import {
  batchClaims,
  claimsFor,
  type DueClaims,
  earningsOf,
  isDue,
  memberDue,
  stakeLeft,
} from "../../src/chain/earnings";
import { claimRewards } from "../../src/chain/transactions/earning-calls";
import { Dispute } from "../../src/chain/types";
import { HARMFUL, MISSED } from "../../src/core/score-tree";
import { ALICE, ETHER, NETWORK, REWARD, round, T0, task, trainer } from "./samples";

const LATER = T0 + 1_000_000;

describe("a trainer's earnings", () => {
  const paid = round({ revealedAt: T0 + 200, basis: 1_000n, totalScore: 3n, missShare: 7n, harmPot: 100n });
  const scores = (word: bigint) => new Map([[0, [word, 1n]]]);
  const one = (word: bigint, of = paid, claimed = 0n, now = LATER) =>
    earningsOf(task(), [of], scores(word), trainer(), claimed, now)[0];

  test("by score, rounded down as the contract does", () => {
    expect(one(2n)).toMatchObject({ reward: 666n, stakeShare: 7n + 66n, mark: null });
  });

  test("nothing for who missed, penalties of others for who was harmful", () => {
    expect(one(MISSED)).toMatchObject({ reward: 0n, stakeShare: 0n, mark: "missed" });
    expect(one(HARMFUL)).toMatchObject({ reward: 0n, stakeShare: 7n, mark: "harmful" });
  });

  test("of an overturned round the fine comes back and nothing else", () => {
    const overturned = { ...paid, dispute: Dispute.Overturned };
    expect(one(2n, overturned)).toMatchObject({ reward: 0n, stakeShare: 0n });
    expect(one(MISSED, overturned)?.stakeShare).toBe(ETHER);
    expect(one(HARMFUL, overturned)?.stakeShare).toBe(ETHER);
  });

  test("due once, when final, and only if it is worth something", () => {
    const due = (earning: ReturnType<typeof one>) => earning !== undefined && isDue(earning);
    expect(due(one(2n))).toBe(true);
    expect(due(one(2n, paid, 1n))).toBe(false);
    expect(due(one(2n, paid, 0n, T0 + 250))).toBe(false);
    expect(due(one(MISSED))).toBe(false);
  });

  test("a round without a result is no earning", () => {
    expect(earningsOf(task(), [round()], new Map(), trainer(), 0n, LATER)).toEqual([]);
  });
});

test("the stake that comes back is less the penalties", () => {
  expect(stakeLeft(task(), trainer({ missed: 2, harmed: 1 }))).toBe(20n * ETHER - 2n * ETHER - ETHER);
});

test("a member is paid for settled rounds in which his vote was the result's, and for work that others vouch for", () => {
  const settled = { settled: true, feeShare: 10n, slashShare: 3n };
  const rounds = [
    round({ ...settled, number: 0 }),
    round({ ...settled, number: 1, openedMask: 0b1110 }),
    round({ ...settled, number: 2, matchedMask: 0b1110 }),
    round({ ...settled, number: 3, settled: false }),
    round({ ...settled, number: 4 }),
    round({ ...settled, number: 5, vouchedMask: 0b1110 }),
    round({ ...settled, number: 6, vouchedMask: 0b1110, slashShare: 0n }),
  ];
  expect(memberDue(rounds, 0, 1n << 4n)).toEqual({ rounds: [0, 1, 5], fees: 10n, stakeShare: 9n });
});

describe("batches", () => {
  const due = (id: bigint, count: number): DueClaims => ({
    task: task({ id }),
    claims: Array.from({ length: count }, (_, number) => ({ round: number, score: 1n, proof: [] })),
    reward: 5n,
    stakeShare: 0n,
  });

  test("everything in one where it fits, nothing without claims", () => {
    expect(
      batchClaims([due(1n, 3), due(2n, 0), due(3n, 4)], 10).map((batch) => batch.map(({ task: t }) => t.id)),
    ).toEqual([[1n, 3n]]);
  });

  test("never more than fit, and nothing is lost", () => {
    const all = Array.from({ length: 20 }, (_, i) => due(BigInt(i), (i * 7) % 11));
    const batches = batchClaims(all, 12);
    for (const batch of batches)
      expect(batch.reduce((sum, { claims }) => sum + claims.length, 0)).toBeLessThanOrEqual(12);
    expect(batches.flat()).toEqual(all.filter(({ claims }) => claims.length > 0));
  });

  test("several tasks become one multicall of claims to the account", () => {
    const { call } = claimRewards(NETWORK, [due(1n, 2), due(2n, 1)], () => REWARD, ALICE);
    const outer = decodeFunctionData({ abi: stakeVaultAbi, data: call.data });
    expect([call.to, outer.functionName]).toEqual([NETWORK.market, "multicall"]);
    const inner = ((outer.args?.[0] ?? []) as readonly `0x${string}`[]).map((data) =>
      decodeFunctionData({ abi: taskMarketAbi, data }),
    );
    expect(inner.map(({ functionName, args }) => [functionName, args?.[0], args?.[2]])).toEqual([
      ["claim", 1n, ALICE],
      ["claim", 2n, ALICE],
    ]);
  });

  test("a proof per round, of the trainer's own leaf", () => {
    const scores = new Map([[0, [1n, 2n, 3n]]]);
    const earnings = earningsOf(
      task(),
      [round({ revealedAt: T0, basis: 9n, totalScore: 6n })],
      scores,
      trainer({ index: 2 }),
      0n,
      LATER,
    );
    const [claim] = claimsFor(NETWORK, task(), scores, trainer({ index: 2 }), earnings);
    // Three leaves: the last goes up unchanged, so its proof is the other pair's parent alone.
    expect(claim).toMatchObject({ round: 0, score: 3n });
    expect(claim?.proof).toHaveLength(1);
  });
});
