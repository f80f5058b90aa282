/** One call of one of our contracts, encoded, with what a person should know of it before the wallet opens. */
import {
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
  type Hex,
} from "viem";
import { committeesAbi } from "../abi/Committees";
import { stakeVaultAbi } from "../abi/StakeVault";
import { taskMarketAbi } from "../abi/TaskMarket";
import type { Money } from "../money";
import type { Network } from "../network";

export interface Call {
  readonly to: Address;
  readonly data: Hex;
  /** Wei of ether. */
  readonly value: bigint;
}

/** Tokens that the call takes from the wallet. `through`: whose `selfPermit` saves the approval. */
export interface Spending extends Money {
  readonly spender: Address;
  readonly through: "market" | "vault";
}

/** Something that comes, goes or is locked, and what for: "Reward pool", 1,000 RWD. */
export interface MoneyLine extends Money {
  readonly what: string;
}

/** A transaction as `useTransaction` wants it: what it does and costs in plain words, then the call. */
export interface ExplainedCall {
  /** "Join task 7". */
  readonly title: string;
  /** The button: "Join". */
  readonly confirm: string;
  /** What will happen, a sentence each. */
  readonly lines: readonly string[];
  /** What leaves the wallet. Gas is added by `useTransaction`. */
  readonly pays?: readonly MoneyLine[];
  /** What stays yours but can't be moved for a time. */
  readonly locks?: readonly MoneyLine[];
  /** What comes in with this transaction. */
  readonly receives?: readonly MoneyLine[];
  /** What comes back, and when. */
  readonly returns?: readonly string[];
  readonly risks?: readonly string[];
  readonly call: Call;
  /** Needed when the call pulls tokens out of the wallet. */
  readonly spending?: Spending;
  /** Said when the transaction is in a block: "You have joined task 7." */
  readonly done: string;
}

type Writes<A extends typeof taskMarketAbi | typeof stakeVaultAbi | typeof committeesAbi> = ContractFunctionName<
  A,
  "nonpayable" | "payable"
>;

export function marketCall<N extends Writes<typeof taskMarketAbi>>(
  network: Network,
  functionName: N,
  args: ContractFunctionArgs<typeof taskMarketAbi, "nonpayable" | "payable", N>,
  value = 0n,
): Call {
  const data = encodeFunctionData({ abi: taskMarketAbi, functionName, args } as EncodeFunctionDataParameters);
  return { to: network.market, data, value };
}

export function vaultCall<N extends Writes<typeof stakeVaultAbi>>(
  network: Network,
  functionName: N,
  args: ContractFunctionArgs<typeof stakeVaultAbi, "nonpayable" | "payable", N>,
): Call {
  const data = encodeFunctionData({ abi: stakeVaultAbi, functionName, args } as EncodeFunctionDataParameters);
  return { to: network.vault, data, value: 0n };
}

export function committeesCall<N extends Writes<typeof committeesAbi>>(
  network: Network,
  functionName: N,
  args: ContractFunctionArgs<typeof committeesAbi, "nonpayable" | "payable", N>,
): Call {
  const data = encodeFunctionData({ abi: committeesAbi, functionName, args } as EncodeFunctionDataParameters);
  return { to: network.committees, data, value: 0n };
}

/** Several calls of one contract as one, all or nothing. Throws RangeError when they are of different contracts. */
export function together(calls: readonly Call[]): Call {
  const [first] = calls;
  if (first === undefined) throw new RangeError("no calls to put together");
  if (calls.length === 1) return first;
  if (calls.some((call) => call.to !== first.to || call.value !== 0n)) {
    throw new RangeError("only calls of one contract that carry no ether can be put together");
  }
  const data = encodeFunctionData({ abi: stakeVaultAbi, functionName: "multicall", args: [calls.map((c) => c.data)] });
  return { to: first.to, data, value: 0n };
}
