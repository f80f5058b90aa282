/**
 * Canonical DAG-CBOR blocks and their digests (R11, R12; ipld.io/specs/codecs/dag-cbor).
 *
 * Stricter than the codec: no floats anywhere, since nothing that is hashed may hold one, and links only to what R11
 * allows. One object has exactly one encoding, and only that one decodes. Byte for byte as deltaml/storage/blocks.py.
 */
import { decode, encode } from "@ipld/dag-cbor";
import { base32 } from "multiformats/bases/base32";
import { CID } from "multiformats/cid";
import { sha256 } from "viem/utils";
import { equalBytes, joinBytes } from "./bytes";
import { InvalidInput, InvalidMessage, messageOf } from "./errors";
import { checkStructure, LINK_DIGEST_PREFIX } from "./scan";

export const MAX_BLOCK_BYTES = 1 << 20;
export const MAX_DEPTH = 32;
export const DIGEST_BYTES = 32;

/** sha2-256 of a block, 32 bytes: its name on chain. */
export type Digest = Uint8Array;

/** What a block can hold. Integers lie between -2^64 and 2^64 - 1; decoding gives a bigint only beyond ±2^53. */
export type Value = null | boolean | number | bigint | string | Uint8Array | CID | readonly Value[] | ValueMap;
export interface ValueMap {
  readonly [name: string]: Value;
}

/** The one encoding of a value. Throws InvalidInput for anything `Value` does not list, or above 1 MiB or 32 levels. */
export function encodeBlock(value: Value): Uint8Array {
  checkEncodable(value, MAX_DEPTH);
  const data: Uint8Array = encode(value);
  if (data.length > MAX_BLOCK_BYTES) {
    throw new InvalidInput(`block of ${data.length} bytes; at most ${MAX_BLOCK_BYTES}, put long vectors in chunks`);
  }
  return data;
}

/**
 * The value that `encodeBlock` turns into exactly `data`. Structure, depth, declared lengths and item count are checked
 * before anything is built. Throws InvalidMessage for everything else.
 */
export function decodeBlock(data: Uint8Array, maxDepth = MAX_DEPTH): Value {
  if (data.length > MAX_BLOCK_BYTES) {
    throw new InvalidMessage(`block of ${data.length} bytes; at most ${MAX_BLOCK_BYTES}`);
  }
  checkStructure(data, maxDepth);
  let value: Value;
  try {
    value = decode<Value>(data);
  } catch (error) {
    throw new InvalidMessage(`not DAG-CBOR: ${messageOf(error)}`);
  }
  if (!equalBytes(encode(value), data)) throw new InvalidMessage("not the canonical encoding of what it holds");
  return value;
}

export function digestOf(data: Uint8Array): Digest {
  return sha256(data, "bytes");
}

/** CIDv1, dag-cbor, sha2-256, base32 (bafyrei...). Throws InvalidInput unless the digest has 32 bytes. */
export function cidOf(digest: Digest): string {
  return base32.encode(joinBytes([LINK_DIGEST_PREFIX, checkedDigest(digest)]));
}

/** Inverse of `cidOf`; also takes a link from a block. Throws InvalidMessage for any other kind of CID. */
export function digestFromCid(cid: string | CID): Digest {
  let raw: Uint8Array;
  try {
    raw = typeof cid === "string" ? base32.decode(cid) : cid.bytes;
  } catch {
    throw new InvalidMessage(`${String(cid).slice(0, 80)} is not a base32 CID`);
  }
  const digest = raw.slice(LINK_DIGEST_PREFIX.length);
  if (!LINK_DIGEST_PREFIX.every((byte, i) => raw[i] === byte) || digest.length !== DIGEST_BYTES) {
    throw new InvalidMessage(`${String(cid).slice(0, 80)} is not a CIDv1 with dag-cbor and sha2-256`);
  }
  // The spare bits of base32 and upper case give one digest several names; only one of them is ours.
  if (typeof cid === "string" && cidOf(digest) !== cid) {
    throw new InvalidMessage(`${cid.slice(0, 80)} is not the canonical form of that CID`);
  }
  return digest;
}

/** What to put in a block to point at another. Throws InvalidInput unless the digest has 32 bytes. */
export function link(digest: Digest): CID {
  return CID.decode(joinBytes([LINK_DIGEST_PREFIX, checkedDigest(digest)]));
}

export function isLink(value: unknown): value is CID {
  return CID.asCID(value) !== null;
}

function checkedDigest(digest: Digest): Digest {
  if (digest.length !== DIGEST_BYTES) {
    throw new InvalidInput(`a digest has ${digest.length} bytes; expected ${DIGEST_BYTES}`);
  }
  return digest;
}

function checkEncodable(value: unknown, levelsLeft: number): void {
  if (levelsLeft < 0) throw new InvalidInput(`nested deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === "boolean" || value instanceof Uint8Array) return;
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) {
      throw new InvalidInput(`${value} is not an integer below 2^53; blocks hold no floats, give a bigint`);
    }
  } else if (typeof value === "bigint") {
    if (value < -(1n << 64n) || value >= 1n << 64n) {
      throw new InvalidInput(`${value} does not fit CBOR's 64 bits; write it as bytes`);
    }
  } else if (typeof value === "string") checkText(value);
  else if (Array.isArray(value)) for (const item of value) checkEncodable(item, levelsLeft - 1);
  else if (isLink(value)) digestFromCid(value);
  else if (isPlainMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      checkText(key);
      checkEncodable(item, levelsLeft - 1);
    }
  } else {
    throw new InvalidInput(
      `a block can't hold ${typeof value}; allowed: null, boolean, integer, string, Uint8Array, list, map, link`,
    );
  }
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function checkText(text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw new InvalidInput(`${JSON.stringify(text.slice(0, 40))} is not valid Unicode`);
}
