import { BaseError, concat, encodeAbiParameters, type Hex, keccak256, stringToHex } from "viem";
import { describe, expect, test } from "vitest";
import type { ChainReader } from "../../src/chain/reader";
import { makePlan, NotEnoughTokens } from "../../src/chain/transactions/plan";
import { depositStake } from "../../src/chain/transactions/vault-calls";
import { ALICE, ETHER, NETWORK, STAKE, T0 } from "./samples";

interface Answers {
  readonly balance: bigint;
  readonly allowance: bigint;
  /** Missing: the token knows no permits. */
  readonly separator?: Hex;
  /** What simulating approval and call in a row gives; missing: the node can't. */
  readonly blocks?: unknown;
}

/** A node that answers what `makePlan` asks; gas is 100,000 at 2 wei. */
function readerOf(answers: Answers): ChainReader {
  const read = new Map<string, () => unknown>([
    ["balanceOf", () => answers.balance],
    ["allowance", () => answers.allowance],
    ["nonces", () => given(answers.separator) && 4n],
    ["DOMAIN_SEPARATOR", () => given(answers.separator)],
    ["name", () => "Stake Token"],
  ]);
  const client = {
    readContract: async ({ functionName }: { functionName: string }) => read.get(functionName)?.(),
    call: async () => ({}),
    estimateGas: async () => 100_000n,
    getGasPrice: async () => 2n,
    simulateBlocks: async () => {
      if (answers.blocks === undefined) throw new BaseError("no", { details: "Method not found" });
      return answers.blocks;
    },
  };
  return { network: NETWORK, client: client as unknown as ChainReader["client"] };
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new BaseError("execution reverted");
  return value;
}

function separatorOf(version: string): Hex {
  const hash = (text: string) => keccak256(stringToHex(text));
  const type = hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
  const words = [{ type: "bytes32" }, { type: "bytes32" }, { type: "bytes32" }] as const;
  const rest = [{ type: "uint256" }, { type: "address" }] as const;
  const head = encodeAbiParameters(words, [type, hash("Stake Token"), hash(version)]);
  return keccak256(concat([head, encodeAbiParameters(rest, [BigInt(NETWORK.chainId), STAKE.address])]));
}

const deposit = depositStake(NETWORK, ALICE, 5n * ETHER);
const plan = (answers: Answers) => makePlan(readerOf(answers), ALICE, deposit, T0);
const goes = [
  {
    calls: [
      { status: "success", gasUsed: 50_000n },
      { status: "success", gasUsed: 70_000n },
    ],
  },
];

describe("how tokens get to the contract", () => {
  test("allowed already: at once", async () => {
    expect(await plan({ balance: 5n * ETHER, allowance: 5n * ETHER })).toEqual({ way: "direct", gasWei: 200_000n });
  });

  test.each(["1", "2"])("by a permit of domain version %s, for exactly the amount and an hour", async (version) => {
    const made = await plan({ balance: 9n * ETHER, allowance: 0n, separator: separatorOf(version), blocks: goes });
    expect(made).toMatchObject({
      way: "permit",
      gasWei: 240_000n,
      permit: {
        domain: { name: "Stake Token", version, chainId: 31337, verifyingContract: STAKE.address },
        message: { owner: ALICE, spender: NETWORK.vault, value: 5n * ETHER, nonce: 4n, deadline: BigInt(T0 + 3600) },
      },
    });
  });

  test("by an approval when the token has no permit, or one of a domain this page can't form", async () => {
    expect((await plan({ balance: 9n * ETHER, allowance: 0n, blocks: goes })).way).toBe("approve");
    const odd = { balance: 9n * ETHER, allowance: 0n, separator: separatorOf("7"), blocks: goes };
    expect((await plan(odd)).way).toBe("approve");
  });

  test("a node that can't simulate two calls: the wallet says the gas", async () => {
    expect(await plan({ balance: 9n * ETHER, allowance: 0n })).toEqual({ way: "approve", gasWei: null });
  });
});

describe("what would fail is said before the wallet opens", () => {
  test("too few tokens", async () => {
    const made = plan({ balance: 2n * ETHER, allowance: 0n });
    await expect(made).rejects.toThrow(NotEnoughTokens);
    await expect(made).rejects.toThrow("This takes 5 STK from your wallet, which holds 2 STK.");
  });

  test("a call that reverts after the approval", async () => {
    const error = new BaseError("reverted");
    const blocks = [
      {
        calls: [
          { status: "success", gasUsed: 1n },
          { status: "failure", gasUsed: 1n, error },
        ],
      },
    ];
    await expect(plan({ balance: 9n * ETHER, allowance: 0n, blocks })).rejects.toBe(error);
  });
});
