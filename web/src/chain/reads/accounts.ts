/** Typed reads of tokens and of what an account has in the vault. */
import { type Address, erc20Abi } from "viem";
import { stakeVaultAbi } from "../abi/StakeVault";
import type { Token } from "../network";
import type { ChainReader } from "../reader";
import type { AccountStake, Moment } from "../types";
import { blockOf } from "./tasks";

export async function readAccountStake(reader: ChainReader, account: Address, at?: Moment): Promise<AccountStake> {
  const { network, client } = reader;
  const vault = { address: network.vault, abi: stakeVaultAbi, ...blockOf(at) } as const;
  const lockedBy = (book: Address) =>
    client.readContract({ ...vault, functionName: "lockedBy", args: [book, account] });
  const [deposit, locked, free, lockedByMarket, lockedByCommittees, wallet] = await Promise.all([
    client.readContract({ ...vault, functionName: "depositOf", args: [account] }),
    client.readContract({ ...vault, functionName: "lockedOf", args: [account] }),
    client.readContract({ ...vault, functionName: "freeOf", args: [account] }),
    lockedBy(network.market),
    lockedBy(network.committees),
    readBalance(reader, network.stakeToken.address, account, at),
  ]);
  return { deposit, locked, free, lockedByMarket, lockedByCommittees, wallet };
}

export async function readBalance(reader: ChainReader, token: Address, account: Address, at?: Moment): Promise<bigint> {
  return reader.client.readContract({
    address: token,
    abi: erc20Abi,
    functionName: "balanceOf",
    args: [account],
    ...blockOf(at),
  });
}

export async function readAllowance(
  reader: ChainReader,
  token: Address,
  owner: Address,
  spender: Address,
): Promise<bigint> {
  return reader.client.readContract({
    address: token,
    abi: erc20Abi,
    functionName: "allowance",
    args: [owner, spender],
  });
}

/** The stake token and the reward tokens that the deployment lists. */
export function listedTokens(reader: ChainReader): readonly Token[] {
  const { stakeToken, rewardTokens } = reader.network;
  const rest = rewardTokens.filter((token) => token.address !== stakeToken.address);
  return [stakeToken, ...rest];
}

/** What a token says of itself, unless the deployment already lists it. Whoever made it chose the symbol. */
export async function readToken(reader: ChainReader, address: Address): Promise<Token> {
  const listed = listedTokens(reader).find((token) => token.address === address);
  if (listed) return listed;
  const token = { address, abi: erc20Abi } as const;
  const [symbol, decimals] = await Promise.all([
    reader.client.readContract({ ...token, functionName: "symbol" }).catch(() => "tokens"),
    reader.client.readContract({ ...token, functionName: "decimals" }),
  ]);
  return { address, symbol: printable(symbol), decimals };
}

/** Only letters, digits and a few signs of at most 12: a symbol can hold anything, direction marks included. */
function printable(symbol: string): string {
  return symbol.replace(/[^\p{L}\p{N}.$+-]/gu, "").slice(0, 12) || "tokens";
}
