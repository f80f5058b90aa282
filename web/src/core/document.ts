/**
 * Documents: a top block with the vector chunks it links to, in the clear or sealed to a set of recipients.
 *
 * The digest of a document is the digest of its top block, the same whether it travels in the clear or sealed. A sealed
 * document is an age file over all its blocks, top first, each after its length in 4 big-endian bytes; the file itself
 * is cut into chunks under one public block. Byte for byte as deltaml/protocol/document.py.
 */
import {
  type Digest,
  decodeBlock,
  digestFromCid,
  encodeBlock,
  isLink,
  link,
  MAX_BLOCK_BYTES,
  type Value,
} from "./blocks";
import { joinBytes, toHex } from "./bytes";
import { type Identity, seal } from "./envelope";
import { InvalidMessage } from "./errors";
import { Fields } from "./fields";
import { MemoryStore, type Store } from "./store";

export const SEALED_TYPE = "deltaml/sealed/1";
const CHUNK_BYTES = 1 << 19;
const LENGTH_BYTES = 4;
const MAX_BLOCKS = 1 << 14;

/** The top block of a message by its digest, and where it and the chunks it links to are found. */
export interface Document<Blocks extends Store = Store> {
  readonly digest: Digest;
  readonly blocks: Blocks;
}

/** A document made here, complete in memory: what can be published. */
export type MadeDocument = Document<MemoryStore>;

/** A document whose top block is the encoding of `top`; `blocks` holds the chunks it links to. */
export async function documentOf(top: Value, blocks: MemoryStore): Promise<MadeDocument> {
  return { digest: await blocks.put(encodeBlock(top)), blocks };
}

/** The decoded top block. Throws InvalidMessage or Unavailable. */
export async function topOf(document: Document): Promise<Value> {
  return decodeBlock(await document.blocks.get(document.digest, MAX_BLOCK_BYTES));
}

/** All blocks of a document made here, top first, the rest by digest. */
export function blocksOf(document: MadeDocument): Uint8Array[] {
  const top = toHex(document.digest);
  const entries = document.blocks.entries();
  const first = entries.filter(([digest]) => digest === top);
  return [...first, ...entries.filter(([digest]) => digest !== top)].map(([, block]) => block);
}

/** Puts a document into `store`, chunks first; resolves to the digest of its top block. */
export async function publish(document: MadeDocument, store: Store): Promise<Digest> {
  for (const block of blocksOf(document).reverse()) await store.put(block);
  return document.digest;
}

/** Seals a document to age `recipients`; resolves to the digest of the public block that leads to it. */
export async function publishSealed(
  document: MadeDocument,
  recipients: readonly Uint8Array[],
  store: Store,
): Promise<Digest> {
  const framed = joinBytes(blocksOf(document).flatMap((block) => [bigEndian(block.length), block]));
  return publishOctets(await seal(framed, recipients), store);
}

/**
 * The document sealed behind `digest`. Throws InvalidMessage when it is malformed, larger than `maxBytes` or not sealed
 * to `identity`; Unavailable when a block can't be had.
 */
export async function fetchSealed(
  digest: Digest,
  identity: Identity,
  store: Store,
  maxBytes: number,
): Promise<MadeDocument> {
  const framed = await identity.unseal(await fetchOctets(digest, store, maxBytes), maxBytes);
  return documentFrom(unframe(framed));
}

/** Cuts any byte string into blocks; resolves to the digest of the one that lists them. */
export async function publishOctets(payload: Uint8Array, store: Store): Promise<Digest> {
  const chunks: Value[] = [];
  for (let start = 0; start < payload.length; start += CHUNK_BYTES) {
    chunks.push(link(await store.put(encodeBlock(payload.subarray(start, start + CHUNK_BYTES)))));
  }
  return store.put(encodeBlock({ type: SEALED_TYPE, length: payload.length, chunks }));
}

/** The byte string that `publishOctets` cut. Throws InvalidMessage before fetching more than it may hold. */
export async function fetchOctets(digest: Digest, store: Store, maxBytes: number): Promise<Uint8Array> {
  const top = Fields.of("sealed block", decodeBlock(await store.get(digest, MAX_BLOCK_BYTES)), [
    "type",
    "length",
    "chunks",
  ]);
  top.choice("type", [SEALED_TYPE]);
  // An age file is a little longer than what it seals: headers per recipient and a tag per 64 KiB.
  const length = top.integer("length", 0, maxBytes + Math.floor(maxBytes / 1024) + (1 << 20));
  const count = Math.ceil(length / CHUNK_BYTES);
  const links = top.sequence("chunks", count, count);
  if (!links.every(isLink)) throw top.fail("chunks", "links");
  const parts: Uint8Array[] = [];
  for (const item of links) {
    const chunk = decodeBlock(await store.get(digestFromCid(item), MAX_BLOCK_BYTES));
    if (chunk instanceof Uint8Array) parts.push(chunk);
  }
  const payload = joinBytes(parts);
  if (payload.length !== length) {
    throw new InvalidMessage(`sealed block: the chunks do not add up to the declared ${length} bytes`);
  }
  return payload;
}

function unframe(framed: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  const view = new DataView(framed.buffer, framed.byteOffset, framed.length);
  for (let position = 0; position < framed.length; ) {
    const start = position + LENGTH_BYTES;
    const length = start <= framed.length ? view.getUint32(position) : 0;
    if (length === 0 || length > MAX_BLOCK_BYTES || start + length > framed.length) {
      throw new InvalidMessage(`sealed document: block ${blocks.length + 1} is empty, too long or cut off`);
    }
    if (blocks.length === MAX_BLOCKS) throw new InvalidMessage(`sealed document: more than ${MAX_BLOCKS} blocks`);
    blocks.push(framed.slice(start, start + length));
    position = start + length;
  }
  return blocks;
}

function bigEndian(length: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

/** A document from its blocks, top first; see `blocksOf`. Throws InvalidMessage when there are none. */
export async function documentFrom(blocks: readonly Uint8Array[]): Promise<MadeDocument> {
  const store = new MemoryStore();
  const digests: Digest[] = [];
  for (const block of blocks) digests.push(await store.put(block));
  const [digest] = digests;
  if (!digest) throw new InvalidMessage("a document has at least one block");
  return { digest, blocks: store };
}
