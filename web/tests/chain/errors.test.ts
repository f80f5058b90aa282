import { type Abi, type AbiParameter, encodeErrorResult, HttpRequestError, UserRejectedRequestError } from "viem";
import { describe, expect, test } from "vitest";
import { committeesAbi } from "../../src/chain/abi/Committees";
import { stakeVaultAbi } from "../../src/chain/abi/StakeVault";
import { taskMarketAbi } from "../../src/chain/abi/TaskMarket";
import { tokenDoubleAbi } from "../../src/chain/abi/TokenDouble";
import { SENTENCES } from "../../src/chain/error-sentences";
import { explainError, explainRevert } from "../../src/chain/errors";
import { ETHER, REWARD, STAKE } from "./samples";

const CONTEXT = { stake: STAKE, reward: REWARD };
const ABIS: readonly Abi[] = [taskMarketAbi, stakeVaultAbi, committeesAbi, tokenDoubleAbi];
const ERRORS = ABIS.flatMap((abi) => abi.filter((entry) => entry.type === "error"));

/** Something of each type; numbers count up so that they can be told apart. */
function argument({ name, type }: AbiParameter, position: number): unknown {
  if (type === "address") return `0x${String(position + 1).repeat(40)}`;
  if (type === "string") return `text ${position}`;
  if (type === "bytes32") return `0x${String(position + 1).repeat(64)}`;
  const value = position + 1;
  if (Number(type.replace("uint", "")) <= 48) return value;
  const isTime = ["now_", "start", "end", "deadline"].includes(name ?? "");
  return BigInt(value) * (isTime ? 10n ** 9n : ETHER);
}

describe.each([...new Map(ERRORS.map((error) => [error.name, error])).values()])("$name", (error) => {
  const args = error.inputs.map(argument);
  const data = encodeErrorResult({ abi: [error], errorName: error.name, args });

  test("is a sentence", () => {
    const { kind, sentence, errorName } = explainRevert(data, CONTEXT);
    expect(kind).toBe("refused");
    expect(errorName).toBe(error.name);
    expect(sentence).toMatch(/^[A-Z0-9].*[.]$/);
    expect(sentence).not.toMatch(/undefined|NaN|\[object|_/);
  });

  test.each(error.inputs.map(({ name }, position) => [name, position] as const))("says its %s", (name, position) => {
    // Whether an end has passed is said of late calls only; see below.
    if (error.name === "TaskMarket_OutsideWindow" && name === "end") return;
    const others = error.inputs.map((input, index) => argument(input, index === position ? index + 4 : index));
    const other = encodeErrorResult({ abi: [error], errorName: error.name, args: others });
    expect(explainRevert(other, CONTEXT).sentence).not.toBe(explainRevert(data, CONTEXT).sentence);
  });
});

test("no sentence is left over", () => {
  expect(Object.keys(SENTENCES).sort()).toEqual([...new Set(ERRORS.map(({ name }) => name))].sort());
});

test("amounts are of the token that is meant", () => {
  const vault = encodeErrorResult({
    abi: stakeVaultAbi,
    errorName: "StakeVault_FreeTooSmall",
    args: ["0x2222222222222222222222222222222222222222", 5n * ETHER, 20n * ETHER],
  });
  expect(explainRevert(vault, CONTEXT).sentence).toBe(
    "0x2222…2222 has 5 STK free in the vault; 20 STK are needed. Deposit more stake first.",
  );
  const token = encodeErrorResult({
    abi: tokenDoubleAbi,
    errorName: "ERC20InsufficientBalance",
    args: ["0x2222222222222222222222222222222222222222", 1_000_000n, 2_500_000n],
  });
  expect(explainRevert(token, CONTEXT).sentence).toBe("0x2222…2222 has 1 RWD; 2.5 RWD are needed.");
});

test("rounds are counted from one", () => {
  const data = encodeErrorResult({ abi: taskMarketAbi, errorName: "TaskMarket_AlreadySettled", args: [7n, 0n] });
  expect(explainRevert(data, CONTEXT).sentence).toBe("Round 1 of task 7 is settled already.");
});

test("too early and too late are told apart", () => {
  const say = (now: bigint, start: bigint, end: bigint) =>
    explainRevert(
      encodeErrorResult({ abi: taskMarketAbi, errorName: "TaskMarket_OutsideWindow", args: [now, start, end] }),
      CONTEXT,
    ).sentence;
  expect(say(10n, 20n, 0n)).toMatch(/^Too early/);
  expect(say(10n, 0n, 10n)).toMatch(/^Too late/);
});

describe("what wallets and nodes throw", () => {
  test("a rejection is neutral, however deep", () => {
    const rejected = new Error("outer", { cause: new UserRejectedRequestError(new Error("no")) });
    expect(explainError(rejected, CONTEXT)).toEqual({ kind: "rejected", sentence: "Nothing was sent." });
    expect(explainError({ code: 4001, message: "denied" }, CONTEXT).kind).toBe("rejected");
  });

  test("revert data inside a wallet's own nesting", () => {
    const data = encodeErrorResult({ abi: taskMarketAbi, errorName: "TaskMarket_Unknown", args: [9n] });
    const nested = Object.assign(new Error("Internal JSON-RPC error."), { data: { originalError: { data } } });
    expect(explainError(nested, CONTEXT).sentence).toBe("There is no task 9.");
  });

  test("a node that does not answer", () => {
    const error = new HttpRequestError({ url: "http://127.0.0.1:1" });
    expect(explainError(error, CONTEXT).kind).toBe("unreachable");
  });

  test("Error(string) keeps its words", () => {
    const data = encodeErrorResult({
      abi: [{ type: "error", name: "Error", inputs: [{ name: "message", type: "string" }] }],
      errorName: "Error",
      args: ["paused"],
    });
    expect(explainRevert(data, CONTEXT).sentence).toBe("The contract refused: paused");
  });

  test("an error nobody knows is named by its first bytes", () => {
    expect(explainRevert("0xdeadbeef", CONTEXT).sentence).toContain("0xdeadbeef");
  });
});
