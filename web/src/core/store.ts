/** What every place that keeps blocks offers, and the one that lives in memory. */
import { cidOf, type Digest, digestOf, MAX_BLOCK_BYTES } from "./blocks";
import { equalBytes, toHex } from "./bytes";
import { InvalidInput, InvalidMessage, Unavailable } from "./errors";

/** Content-addressed blocks. */
export interface Store {
  /** Keep and pin a block; resolves to its digest. Throws InvalidInput above 1 MiB, Unavailable. */
  put(data: Uint8Array): Promise<Digest>;
  /**
   * The block, checked against its digest here. Throws InvalidMessage if it is longer than maxBytes, Unavailable if it
   * is not to be had in time or the node gives something else.
   */
  get(digest: Digest, maxBytes: number): Promise<Uint8Array>;
}

/** A `Store` within one page. Throws Unavailable for a block it never saw. */
export class MemoryStore implements Store {
  readonly #blocks = new Map<string, Uint8Array>();

  async put(data: Uint8Array): Promise<Digest> {
    checkSize(data);
    const digest = digestOf(data);
    this.#blocks.set(toHex(digest), data);
    return digest;
  }

  async get(digest: Digest, maxBytes: number): Promise<Uint8Array> {
    const data = this.#blocks.get(toHex(digest));
    if (!data) throw new Unavailable(`nobody has block ${cidOf(digest)}`);
    return checkContent(data, digest, maxBytes);
  }

  /** All blocks with their digests in hex, by digest. */
  entries(): [string, Uint8Array][] {
    return [...this.#blocks].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** Throws InvalidInput above 1 MiB: larger blocks do not travel between IPFS nodes. */
export function checkSize(data: Uint8Array): void {
  if (data.length > MAX_BLOCK_BYTES) {
    throw new InvalidInput(`block of ${data.length} bytes; at most ${MAX_BLOCK_BYTES}, put long vectors in chunks`);
  }
}

/**
 * Data, if it is what the digest names and no longer than maxBytes. Throws Unavailable for other bytes: they are the
 * node's doing, and whoever named the digest must not pay for it. Throws InvalidMessage for a block that is too long.
 */
export function checkContent(data: Uint8Array, digest: Digest, maxBytes: number): Uint8Array {
  if (!equalBytes(digestOf(data), digest)) {
    throw new Unavailable(`got other bytes than block ${cidOf(digest)}; the node is broken or lies`);
  }
  if (data.length > maxBytes) {
    throw new InvalidMessage(`block ${cidOf(digest)} is longer than the ${maxBytes} bytes allowed here`);
  }
  return data;
}
