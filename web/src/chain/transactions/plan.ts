/** Before the wallet opens: would it succeed, by which way do tokens get there, and what will the gas cost? */
import { type Address, BaseError, encodeFunctionData, erc20Abi, MethodNotFoundRpcError } from "viem";
import { formatMoney } from "../money";
import type { ChainReader } from "../reader";
import { readAllowance, readBalance } from "../reads/accounts";
import type { Call, ExplainedCall, Spending } from "./call";
import { type PermitRequest, preparePermit } from "./permit";

/** direct: no approval needed. permit: a signature first. approve: a transaction first. */
export type Plan =
  | { readonly way: "direct"; readonly gasWei: bigint | null }
  | { readonly way: "permit"; readonly gasWei: bigint | null; readonly permit: PermitRequest }
  | { readonly way: "approve"; readonly gasWei: bigint | null };

/** The wallet holds less of a token than the call takes. */
export class NotEnoughTokens extends Error {
  override readonly name = "NotEnoughTokens";
}

/** Simulates and plans. Throws what the contract, the node or the wallet's balance objects to. */
export async function makePlan(
  reader: ChainReader,
  account: Address,
  explained: ExplainedCall,
  now: number,
): Promise<Plan> {
  const { spending } = explained;
  if (spending === undefined || spending.amount === 0n) return direct(reader, account, explained.call);
  const { token, spender, amount } = spending;
  const [balance, allowance] = await Promise.all([
    readBalance(reader, token.address, account),
    readAllowance(reader, token.address, account, spender),
  ]);
  if (balance < amount) throw new NotEnoughTokens(shortOf(spending, balance));
  if (allowance >= amount) return direct(reader, account, explained.call);
  const gas = await simulateAfterApproval(reader, account, spending, explained.call);
  const gasWei = gas === null ? null : await priceOf(reader, gas);
  const permit = await preparePermit(reader, account, spending, now);
  return permit === null ? { way: "approve", gasWei } : { way: "permit", gasWei, permit };
}

/** Asks the chain whether the call would succeed now; throws its revert. */
export async function simulate(reader: ChainReader, account: Address, call: Call): Promise<void> {
  await reader.client.call({ account, to: call.to, data: call.data, value: call.value, blockTag: "pending" });
}

/** Lets the spender take exactly this much. */
export function approvalCall(spending: Spending): Call {
  const args = [spending.spender, spending.amount] as const;
  return {
    to: spending.token.address,
    data: encodeFunctionData({ abi: erc20Abi, functionName: "approve", args }),
    value: 0n,
  };
}

async function direct(reader: ChainReader, account: Address, call: Call): Promise<Plan> {
  await simulate(reader, account, call);
  const gas = await reader.client.estimateGas({ account, to: call.to, data: call.data, value: call.value });
  return { way: "direct", gasWei: await priceOf(reader, gas) };
}

/** Gas of approval and call together, simulated in one block; null when the node can't simulate two calls in a row. */
async function simulateAfterApproval(
  reader: ChainReader,
  account: Address,
  spending: Spending,
  call: Call,
): Promise<bigint | null> {
  const calls = [approvalCall(spending), call].map(({ to, data, value }) => ({ account, to, data, value }));
  try {
    const [block] = await reader.client.simulateBlocks({ blocks: [{ calls }] });
    const results = block?.calls ?? [];
    const failed = results.find((result) => result.status === "failure");
    if (failed) throw failed.error;
    return results.reduce((sum, result) => sum + result.gasUsed, 0n);
  } catch (error) {
    if (isUnsupported(error)) return null;
    throw error;
  }
}

/** Wei of ether at today's price, without the wallet's own margin. */
async function priceOf(reader: ChainReader, gas: bigint): Promise<bigint> {
  return gas * (await reader.client.getGasPrice());
}

function isUnsupported(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  const unsupported = error.walk((each) => each instanceof MethodNotFoundRpcError);
  return unsupported !== null || /method not|not supported|unsupported|not implemented/i.test(error.details ?? "");
}

function shortOf({ token, amount }: Spending, balance: bigint): string {
  const [needed, has] = [formatMoney({ token, amount }), formatMoney({ token, amount: balance })];
  return `This takes ${needed} from your wallet, which holds ${has}.`;
}
