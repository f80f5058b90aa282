/** Stake into the vault and out of it, explained. */
import type { Address } from "viem";
import type { Network } from "../network";
import { type ExplainedCall, vaultCall } from "./call";

export function depositStake(network: Network, account: Address, amount: bigint): ExplainedCall {
  const token = network.stakeToken;
  return {
    title: "Deposit stake",
    confirm: "Deposit",
    lines: [
      "The stake goes into the vault, under your name. Joining a task locks a part of it; penalties for missed or harmful rounds are taken from what is locked.",
    ],
    pays: [{ what: "To your deposit", token, amount }],
    returns: ["You can withdraw what is not locked at any time."],
    call: vaultCall(network, "deposit", [account, amount]),
    spending: { token, amount, spender: network.vault, through: "vault" },
    done: "The stake is in your deposit.",
  };
}

export function withdrawStake(network: Network, account: Address, amount: bigint): ExplainedCall {
  return {
    title: "Withdraw stake",
    confirm: "Withdraw",
    lines: ["Free stake goes from the vault to your wallet."],
    receives: [{ what: "To your wallet", token: network.stakeToken, amount }],
    call: vaultCall(network, "withdraw", [account, amount]),
    done: "The stake is in your wallet.",
  };
}
