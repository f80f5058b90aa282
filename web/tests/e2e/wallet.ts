/** A wallet as a browser extension would be one: EIP-1193, announced by EIP-6963. Its key stays outside the page. */
import type { Page } from "playwright-core";
import { createWalletClient, type Hex, http, numberToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

/** What the person in front of the wallet does with the next request that asks him something. */
export type Answer = "approve" | "reject";

interface Request {
  method: string;
  params?: unknown[];
}

class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const ASKS = new Set([
  "eth_requestAccounts",
  "wallet_requestPermissions",
  "eth_sendTransaction",
  "eth_signTypedData_v4",
  "wallet_switchEthereumChain",
  "wallet_addEthereumChain",
]);

export class TestWallet {
  readonly account;
  /** Methods that asked the person, in order. */
  readonly asked: string[] = [];
  /** Decides by the method that asks. */
  answer: (method: string) => Answer = () => "approve";
  private connected = false;
  private readonly chains: Set<number>;

  /** chainId: what it is on; it knows no other chain until the page adds it. */
  constructor(
    key: Hex,
    private readonly rpcUrl: string,
    private chainId: number,
    private readonly name = "Test Wallet",
  ) {
    this.account = privateKeyToAccount(key);
    this.chains = new Set([chainId]);
  }

  get chain(): number {
    return this.chainId;
  }

  /** How often it was asked to send a transaction. */
  get sendings(): number {
    return this.asked.filter((method) => method === "eth_sendTransaction").length;
  }

  /** Before `page.goto`. */
  async install(page: Page): Promise<void> {
    await page.exposeBinding("__wallet", async (_source, request: Request) => {
      try {
        return { result: await this.handle(request) };
      } catch (error) {
        const { code = -32603, message, data } = error as RpcError & { data?: unknown };
        return { error: { code, message, data } };
      }
    });
    await page.addInitScript(announce, this.name);
    this.emit = async (event, value) => {
      await page.evaluate(
        ([name, what]) => window.dispatchEvent(new CustomEvent(`__wallet:${name}`, { detail: what })),
        [event, value] as const,
      );
    };
  }

  private emit: (event: string, value: unknown) => Promise<void> = async () => {};

  private async handle({ method, params = [] }: Request): Promise<unknown> {
    if (ASKS.has(method) && !(method === "eth_requestAccounts" && this.connected)) {
      this.asked.push(method);
      if (this.answer(method) === "reject") throw new RpcError(4001, "User rejected the request.");
    }
    switch (method) {
      case "eth_chainId":
        return numberToHex(this.chainId);
      case "eth_accounts":
        return this.connected ? [this.account.address] : [];
      case "eth_requestAccounts":
        this.connected = true;
        return [this.account.address];
      case "wallet_requestPermissions":
        this.connected = true;
        return [{ parentCapability: "eth_accounts", caveats: [] }];
      case "wallet_revokePermissions":
        this.connected = false;
        return null;
      case "wallet_addEthereumChain":
        this.chains.add(Number((params[0] as { chainId: Hex }).chainId));
        return this.switchTo(Number((params[0] as { chainId: Hex }).chainId));
      case "wallet_switchEthereumChain":
        return this.switchTo(Number((params[0] as { chainId: Hex }).chainId));
      case "eth_sendTransaction":
        return this.send(params[0] as Record<string, Hex>);
      case "eth_signTypedData_v4":
        return this.account.signTypedData(JSON.parse(params[1] as string));
      default:
        return this.forward(method, params);
    }
  }

  private async switchTo(chainId: number): Promise<null> {
    if (!this.chains.has(chainId)) throw new RpcError(4902, "Unrecognized chain ID. Try adding the chain first.");
    this.chainId = chainId;
    await this.emit("chainChanged", numberToHex(chainId));
    return null;
  }

  private async send(transaction: Record<string, Hex>): Promise<Hex> {
    const client = createWalletClient({ account: this.account, transport: http(this.rpcUrl) });
    return client.sendTransaction({
      chain: null,
      ...(transaction.to && { to: transaction.to }),
      ...(transaction.data && { data: transaction.data }),
      ...(transaction.value && { value: BigInt(transaction.value) }),
      ...(transaction.gas && { gas: BigInt(transaction.gas) }),
    });
  }

  private async forward(method: string, params: unknown[]): Promise<unknown> {
    const response = await fetch(this.rpcUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = (await response.json()) as { result?: unknown; error?: RpcError };
    if (error) throw error;
    return result;
  }
}

/** Runs in the page, before its own scripts. */
function announce(name: string) {
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  const of = (event: string) => {
    const known = listeners.get(event);
    if (known) return known;
    const fresh = new Set<(value: unknown) => void>();
    listeners.set(event, fresh);
    window.addEventListener(`__wallet:${event}`, (e) => {
      for (const listener of fresh) listener((e as CustomEvent).detail);
    });
    return fresh;
  };
  const provider = {
    async request(request: { method: string; params?: unknown[] }) {
      const ask = (window as unknown as { __wallet: (r: unknown) => Promise<{ result?: unknown; error?: object }> })
        .__wallet;
      const { result, error } = await ask(request);
      if (error) throw Object.assign(new Error((error as Error).message), error);
      return result;
    },
    on(event: string, listener: (value: unknown) => void) {
      of(event).add(listener);
      return provider;
    },
    removeListener(event: string, listener: (value: unknown) => void) {
      of(event).delete(listener);
      return provider;
    },
  };
  const icon =
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Crect width='8' height='8' fill='%23555'/%3E%3C/svg%3E";
  const info = { uuid: "00000000-0000-4000-8000-000000000001", name, icon, rdns: "org.deltaml.testwallet" };
  const tell = () =>
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
  window.addEventListener("eip6963:requestProvider", tell);
  tell();
}
