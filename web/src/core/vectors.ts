/** Long integer vectors as chunks of little-endian bytes, linked from one small node (R11). */
import {
  type Digest,
  decodeBlock,
  digestFromCid,
  encodeBlock,
  isLink,
  link,
  type Value,
  type ValueMap,
} from "./blocks";
import { InvalidMessage } from "./errors";
import { asBigInt, Fields } from "./fields";
import type { Store } from "./store";

/** 64-bit words per chunk: 512 KiB, so that chunk and CBOR head stay below 1 MiB. */
export const CHUNK_WORDS = 1 << 16;
const HEAD_BYTES = 5; // CBOR's head of a byte string of 2^16 bytes and more
const WORD_BYTES = 8;

export type IntegerVector = BigInt64Array | BigUint64Array;

/** Stores the chunks; resolves to the node to embed in a block: {dtype, length, chunks: links}. */
export async function putVector(store: Store, vector: IntegerVector): Promise<ValueMap> {
  const chunks: Value[] = [];
  for (let start = 0; start < vector.length; start += CHUNK_WORDS) {
    chunks.push(link(await store.put(encodeBlock(littleEndian(vector.subarray(start, start + CHUNK_WORDS))))));
  }
  return { dtype: vector instanceof BigInt64Array ? "int64" : "uint64", length: vector.length, chunks };
}

/** The whole vector, int64[length]. Nothing is allocated for a node that lies. Throws InvalidMessage, Unavailable. */
export async function getSigned(store: Store, node: Value, length: number): Promise<BigInt64Array> {
  const words = await getWords(store, node, "int64", length);
  return new BigInt64Array(words.buffer);
}

/** As `getSigned`, for uint64[length]. */
export async function getUnsigned(store: Store, node: Value, length: number): Promise<BigUint64Array> {
  return getWords(store, node, "uint64", length);
}

/** Digests of the chunks of a checked node. Throws InvalidMessage. */
export function chunkDigests(node: Value, dtype: "int64" | "uint64", length: number): Digest[] {
  const given = Fields.of("vector", node, ["dtype", "length", "chunks"]);
  if (given.get("dtype") !== dtype || asBigInt(given.get("length")) !== BigInt(length)) {
    throw given.fail("length", `${dtype}[${length}], as the model has it`);
  }
  const expected = Math.ceil(length / CHUNK_WORDS);
  return given.sequence("chunks", expected, expected).map((chunk) => {
    if (!isLink(chunk)) throw given.fail("chunks", "links");
    return digestFromCid(chunk);
  });
}

async function getWords(
  store: Store,
  node: Value,
  dtype: "int64" | "uint64",
  length: number,
): Promise<BigUint64Array<ArrayBuffer>> {
  const digests = chunkDigests(node, dtype, length);
  const words = new BigUint64Array(length);
  for (const [index, digest] of digests.entries()) {
    const start = index * CHUNK_WORDS;
    const count = Math.min(CHUNK_WORDS, length - start);
    const content = decodeBlock(await store.get(digest, count * WORD_BYTES + HEAD_BYTES));
    if (!(content instanceof Uint8Array) || content.length !== count * WORD_BYTES) {
      throw new InvalidMessage(`chunk ${index} of a vector is not a string of ${count * WORD_BYTES} bytes`);
    }
    const view = new DataView(content.buffer, content.byteOffset, content.length);
    for (let i = 0; i < count; i++) words[start + i] = view.getBigUint64(i * WORD_BYTES, true);
  }
  return words;
}

function littleEndian(words: IntegerVector): Uint8Array {
  const bytes = new Uint8Array(words.length * WORD_BYTES);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setBigInt64(index * WORD_BYTES, word, true);
  });
  return bytes;
}
