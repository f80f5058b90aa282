/** Blocks on an IPFS node through Kubo's RPC, and through a read-only gateway where there is no node of one's own. */
import { cidOf, type Digest, digestOf, MAX_BLOCK_BYTES } from "./blocks";
import { InvalidMessage, messageOf, Unavailable } from "./errors";
import { checkContent, checkSize, type Store } from "./store";

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 4096;

/**
 * A `Store` over a node's RPC, for instance http://127.0.0.1:5001. The node is not believed: digests are recomputed,
 * sizes capped while reading. timeoutMs bounds each call as a whole.
 */
export class KuboStore implements Store {
  readonly #api: string;

  constructor(
    apiUrl: string,
    readonly timeoutMs = TIMEOUT_MS,
  ) {
    this.#api = apiUrl.replace(/\/+$/, "");
  }

  async put(data: Uint8Array): Promise<Digest> {
    checkSize(data);
    const digest = digestOf(data);
    const form = new FormData();
    form.append("data", new Blob([data.slice()]));
    const query = "cid-codec=dag-cbor&mhtype=sha2-256&pin=true";
    const answer = await this.#post(`block/put?${query}`, MAX_ANSWER_BYTES, form);
    const key = keyIn(answer);
    if (key !== cidOf(digest)) {
      throw new InvalidMessage(`node ${this.#api} stored ${cidOf(digest)} as ${key.slice(0, 80)}; check its version`);
    }
    return digest;
  }

  async get(digest: Digest, maxBytes: number): Promise<Uint8Array> {
    const limit = Math.min(maxBytes, MAX_BLOCK_BYTES);
    return checkContent(await this.#post(`block/get?arg=${cidOf(digest)}`, limit), digest, limit);
  }

  async #post(command: string, maxBytes: number, body?: FormData): Promise<Uint8Array> {
    const request = { method: "POST", ...(body ? { body } : {}) };
    return fetchBounded(`${this.#api}/api/v0/${command}`, request, maxBytes, this.timeoutMs);
  }
}

/** Reads blocks from a trustless gateway (specs.ipfs.tech/http-gateways/trustless-gateway); `put` is refused. */
export class GatewayStore implements Store {
  constructor(
    readonly url: string,
    readonly timeoutMs = TIMEOUT_MS,
  ) {}

  async put(): Promise<Digest> {
    throw new Unavailable(`${this.url} is a gateway, which keeps nothing; give the address of an IPFS node`);
  }

  async get(digest: Digest, maxBytes: number): Promise<Uint8Array> {
    const limit = Math.min(maxBytes, MAX_BLOCK_BYTES);
    const url = `${this.url.replace(/\/+$/, "")}/ipfs/${cidOf(digest)}?format=raw`;
    const request = { headers: { accept: "application/vnd.ipld.raw" } };
    return checkContent(await fetchBounded(url, request, limit, this.timeoutMs), digest, limit);
  }
}

/** Writes to the first store; reads from each in turn until one has the block. */
export class FallbackStore implements Store {
  constructor(
    readonly first: Store,
    readonly others: readonly Store[],
  ) {}

  put(data: Uint8Array): Promise<Digest> {
    return this.first.put(data);
  }

  async get(digest: Digest, maxBytes: number): Promise<Uint8Array> {
    const problems: string[] = [];
    for (const store of [this.first, ...this.others]) {
      try {
        return await store.get(digest, maxBytes);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        problems.push(error.message);
      }
    }
    throw new Unavailable(problems.join("; "));
  }
}

/** Throws Unavailable for anything but a complete answer in time, InvalidMessage once it is longer than maxBytes. */
async function fetchBounded(url: string, init: RequestInit, maxBytes: number, timeoutMs: number): Promise<Uint8Array> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new Unavailable(`the node answered ${answer.status}: ${await beginningOf(answer)}`);
    return await readBounded(answer, maxBytes);
  } catch (error) {
    if (error instanceof InvalidMessage) throw error;
    throw new Unavailable(`${url}: ${messageOf(error)}; is the node running, and may this page talk to it?`);
  }
}

async function readBounded(answer: Response, maxBytes: number): Promise<Uint8Array> {
  const reader = answer.body?.getReader();
  let content = new Uint8Array(Math.min(maxBytes, 1 << 16));
  let length = 0;
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    if (length + part.value.length > maxBytes) {
      await reader?.cancel();
      throw new InvalidMessage(`the answer is longer than the ${maxBytes} bytes allowed here`);
    }
    if (length + part.value.length > content.length) {
      const larger = new Uint8Array(Math.min(maxBytes, 2 * (length + part.value.length)));
      larger.set(content.subarray(0, length));
      content = larger;
    }
    content.set(part.value, length);
    length += part.value.length;
  }
  return content.slice(0, length);
}

async function beginningOf(answer: Response): Promise<string> {
  return new TextDecoder().decode(await readBounded(answer, MAX_ANSWER_BYTES).catch(() => new Uint8Array())).trim();
}

function keyIn(answer: Uint8Array): string {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(answer));
    if (typeof parsed === "object" && parsed !== null && "Key" in parsed) return String(parsed.Key);
  } catch {
    // Said below, as for JSON without a key.
  }
  throw new InvalidMessage("the answer to block/put is not a JSON object with a Key");
}
