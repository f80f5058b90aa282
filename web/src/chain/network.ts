/** Where the page finds the market: `deployment.json` beside `index.html`. */
import { type Address, type Chain, defineChain, getAddress, isAddress } from "viem";

export interface Token {
  readonly address: Address;
  readonly symbol: string;
  readonly decimals: number;
}

export interface Network {
  readonly chainId: number;
  readonly name: string;
  readonly rpcUrl: string;
  /** Kubo's RPC, where the page writes blocks and reads them. */
  readonly ipfsApi: string;
  /** A public gateway for links, without a trailing slash. */
  readonly ipfsGateway?: string;
  readonly market: Address;
  readonly vault: Address;
  readonly committees: Address;
  readonly stakeToken: Token;
  readonly rewardTokens: readonly Token[];
  /** Block of the first contract; nothing before it needs reading. */
  readonly blockNumber: bigint;
  readonly explorer?: string;
  /** "anvil": a development chain, whose node gives ether and test tokens to who asks. */
  readonly faucet?: string;
  /** Set when multicall3 stands on the chain; else reads travel as one JSON-RPC batch. */
  readonly multicall?: Address;
}

export class BadDeployment extends Error {
  override readonly name = "BadDeployment";
}

/** Networks of `deployment.json`: a list, alone or as `networks`. Throws BadDeployment naming the field that is wrong. */
export function parseDeployments(document: unknown): readonly Network[] {
  const list = Array.isArray(document) ? document : record(document, "deployment.json").networks;
  if (!Array.isArray(list)) throw new BadDeployment("deployment.json: expected a list of networks");
  if (list.length === 0) throw new BadDeployment("deployment.json: the list is empty, expected at least one network");
  return list.map((entry, index) => parseNetwork(entry, `deployment.json[${index}]`));
}

/** What was read last, for starting offline. */
const KEPT = "deltaml-deployment";

/** Reads the file; without a connection, what it said last. Throws BadDeployment when neither can be used. */
export async function loadNetworks(url = "./deployment.json"): Promise<readonly Network[]> {
  const text = await fetchText(url);
  try {
    const networks = parseDeployments(JSON.parse(text));
    localStorage.setItem(KEPT, text);
    return networks;
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadDeployment(`${url} is not JSON: ${error.message}`);
    throw error;
  }
}

async function fetchText(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { cache: "no-cache" });
    if (answer.ok) return await answer.text();
    throw new BadDeployment(`${url} answered ${answer.status}; put the file beside index.html`);
  } catch (error) {
    const kept = localStorage.getItem(KEPT);
    if (kept !== null && !(error instanceof BadDeployment)) return kept;
    throw error instanceof BadDeployment ? error : new BadDeployment(`${url} can't be read; are you offline?`);
  }
}

/** The same network for viem and the wallet. */
export function chainOf(network: Network): Chain {
  return defineChain({
    id: network.chainId,
    name: network.name,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [network.rpcUrl] } },
    ...(network.explorer ? { blockExplorers: { default: { name: "Explorer", url: network.explorer } } } : {}),
    ...(network.multicall ? { contracts: { multicall3: { address: network.multicall } } } : {}),
  });
}

function parseNetwork(value: unknown, where: string): Network {
  const given = record(value, where);
  const optional = (name: "ipfsGateway" | "explorer" | "faucet") =>
    given[name] === undefined ? {} : { [name]: text(given, name, where).replace(/\/+$/, "") };
  return {
    chainId: integer(given, "chainId", where),
    name: text(given, "name", where),
    rpcUrl: text(given, "rpcUrl", where),
    ipfsApi: text(given, "ipfsApi", where).replace(/\/+$/, ""),
    market: address(given, "market", where),
    vault: address(given, "vault", where),
    committees: address(given, "committees", where),
    stakeToken: parseToken(given.stakeToken, `${where}.stakeToken`),
    rewardTokens: tokens(given.rewardTokens, `${where}.rewardTokens`),
    blockNumber: BigInt(integer(given, "blockNumber", where)),
    ...optional("ipfsGateway"),
    ...optional("explorer"),
    ...optional("faucet"),
  };
}

function tokens(value: unknown, where: string): readonly Token[] {
  if (!Array.isArray(value)) throw new BadDeployment(`${where}: expected a list of tokens`);
  return value.map((entry, index) => parseToken(entry, `${where}[${index}]`));
}

function parseToken(value: unknown, where: string): Token {
  const given = record(value, where);
  return {
    address: address(given, "address", where),
    symbol: text(given, "symbol", where),
    decimals: integer(given, "decimals", where),
  };
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new BadDeployment(`${where}: expected an object`);
  return value as Record<string, unknown>;
}

function text(given: Record<string, unknown>, name: string, where: string): string {
  const value = given[name];
  if (typeof value !== "string" || value === "") throw new BadDeployment(`${where}.${name}: expected a text`);
  return value;
}

function integer(given: Record<string, unknown>, name: string, where: string): number {
  const value = given[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new BadDeployment(`${where}.${name}: expected a whole number, got ${String(value)}`);
  }
  return value;
}

function address(given: Record<string, unknown>, name: string, where: string): Address {
  const value = given[name];
  if (typeof value !== "string" || !isAddress(value, { strict: false })) {
    throw new BadDeployment(`${where}.${name}: expected an address, got ${String(value)}`);
  }
  return getAddress(value);
}
