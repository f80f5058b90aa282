/** From a plan to a block. */
import type { Account, Chain, Client, Hex, TransactionReceipt, Transport } from "viem";
import { sendTransaction, signTypedData } from "viem/actions";
import { type ErrorContext, explainError, explainRevert, revertData } from "../errors";
import type { ChainReader } from "../reader";
import { type Call, type ExplainedCall, type Spending, together } from "./call";
import { permitCall } from "./permit";
import { approvalCall, type Plan } from "./plan";

/** No block took the transaction for so long; public chains under load need more than viem's three minutes. */
const WAIT_MS = 10 * 60_000;
/** What one transaction may have (EIP-7825). */
const MOST_GAS = 2n ** 24n;

export interface Wallet {
  readonly client: Client<Transport, Chain, Account>;
  readonly account: Hex;
}

/** A transaction that is in a block but did not do what it should. */
export class Failed extends Error {
  override readonly name = "Failed";
}

/** Lets the contract take the tokens, the way the plan says, and returns the call to send. */
export async function clearTheWay(
  reader: ChainReader,
  wallet: Wallet,
  explained: ExplainedCall,
  plan: Plan,
  onHash: (hash: Hex) => void,
): Promise<Call> {
  const { spending, call } = explained;
  if (plan.way === "direct" || spending === undefined) return call;
  if (plan.way === "permit") {
    const { client, account } = wallet;
    const signature = await signTypedData(client, { account, ...plan.permit });
    return together([permitCall(reader.network, spending, plan.permit, signature), call]);
  }
  await approve(reader, wallet, spending, onHash);
  return call;
}

/**
 * Asks the wallet to send it. Not every wallet leaves room in its estimate, and what others do in the same block changes
 * what a call needs: whoever sends the last update of a round also pays for closing it.
 */
export async function send({ client: { estimateGas } }: ChainReader, wallet: Wallet, call: Call): Promise<Hex> {
  const { client, account } = wallet;
  const { to, data, value } = call;
  const estimate = await estimateGas({ account, to, data, value });
  const roomy = estimate + estimate / 2n;
  return sendTransaction(client, { account, to, data, value, gas: roomy < MOST_GAS ? roomy : MOST_GAS });
}

/** Waits for a block. Throws Failed for a revert, and when the wallet replaced the transaction by another. */
export async function settle(
  reader: ChainReader,
  account: Hex,
  call: Call,
  hash: Hex,
  context: ErrorContext,
): Promise<TransactionReceipt> {
  let replaced = false;
  const receipt = await reader.client.waitForTransactionReceipt({
    hash,
    timeout: WAIT_MS,
    onReplaced: ({ reason }) => {
      replaced = reason !== "repriced";
    },
  });
  if (replaced) throw new Failed("The wallet replaced this transaction by another; this one was not done.");
  if (receipt.status === "success") return receipt;
  throw new Failed(await reasonOf(reader, account, call, receipt, context));
}

async function approve(
  reader: ChainReader,
  wallet: Wallet,
  spending: Spending,
  onHash: (hash: Hex) => void,
): Promise<void> {
  const call = approvalCall(spending);
  const hash = await send(reader, wallet, call);
  onHash(hash);
  await settle(reader, wallet.account, call, hash, { stake: reader.network.stakeToken });
}

/** The receipt says only that it failed; the call is repeated on the block before to hear why. */
async function reasonOf(
  reader: ChainReader,
  account: Hex,
  call: Call,
  receipt: TransactionReceipt,
  context: ErrorContext,
): Promise<string> {
  try {
    await reader.client.call({
      account,
      to: call.to,
      data: call.data,
      value: call.value,
      blockNumber: receipt.blockNumber - 1n,
    });
  } catch (error) {
    const data = revertData(error);
    return data ? explainRevert(data, context).sentence : explainError(error, context).sentence;
  }
  return "It failed in its block, though it would have succeeded before: somebody else was quicker. Try again.";
}
