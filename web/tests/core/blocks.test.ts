import { describe, expect, test, vi } from "vitest";
import {
  cidOf,
  decodeBlock,
  digestFromCid,
  digestOf,
  encodeBlock,
  link,
  MAX_BLOCK_BYTES,
  type Value,
} from "../../src/core/blocks";
import { fromHex, joinBytes, toHex } from "../../src/core/bytes";
import { InvalidInput, InvalidMessage } from "../../src/core/errors";
import { MemoryStore } from "../../src/core/store";
import { getUnsigned, putVector } from "../../src/core/vectors";
import { vectors } from "../vectors";

interface BlockVectors {
  blocks: { name: string; object: unknown; bytes: string; cid: string }[];
  refused: Record<string, string>;
  vector: { length: number; bytes: string; cid: string };
}

const VECTORS = vectors<BlockVectors>("blocks");
// Long vectors, keys and sockets take their time where many things run at once.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ODD = 0x9e3779b97f4a7c15n;

/** A value from DAG-JSON. Its integers beyond 2^53 have lost digits, so those come from the bytes alone. */
function fromDagJson(json: unknown): Value {
  if (Array.isArray(json)) return json.map(fromDagJson);
  if (typeof json === "object" && json !== null) {
    const entries = Object.entries(json);
    const [name, inner] = entries[0] ?? ["", null];
    if (name === "/" && typeof inner === "string") return link(digestFromCid(inner));
    if (name === "/") return new Uint8Array(Buffer.from(inner.bytes, "base64"));
    return Object.fromEntries(entries.map(([key, item]) => [key, fromDagJson(item)]));
  }
  if (json === null || typeof json === "string" || typeof json === "number" || typeof json === "boolean") return json;
  throw new Error(`no DAG-JSON: ${json}`);
}

describe("golden blocks", () => {
  test.each(VECTORS.blocks)("$name", ({ name, object, bytes, cid }) => {
    const data = fromHex(bytes);
    const value = decodeBlock(data);
    expect(toHex(encodeBlock(value))).toBe(toHex(data));
    expect(cidOf(digestOf(data))).toBe(cid);
    expect(toHex(digestFromCid(cid))).toBe(toHex(digestOf(data)));
    if (name !== "integers") expect(toHex(encodeBlock(fromDagJson(object)))).toBe(toHex(data));
  });

  test("integers of all sizes come back exactly", () => {
    const integers = VECTORS.blocks.find(({ name }) => name === "integers");
    expect(decodeBlock(fromHex(integers?.bytes ?? ""))).toEqual([
      ...[0, 23, 24, 255, 256, 65536, 2 ** 32],
      ...[2n ** 53n + 1n, 2n ** 64n - 1n],
      ...[-1, -24, -25],
      -(2n ** 64n),
    ]);
  });

  test.each(Object.entries(VECTORS.refused))("refuses %s", (_, bytes) => {
    expect(() => decodeBlock(fromHex(bytes))).toThrow(InvalidMessage);
  });

  test("a long vector is cut the same way", async () => {
    const words = BigUint64Array.from({ length: VECTORS.vector.length }, (_, i) => BigInt(i) * ODD);
    const store = new MemoryStore();
    const node = await putVector(store, words);
    expect(toHex(encodeBlock(node))).toBe(toHex(fromHex(VECTORS.vector.bytes)));
    expect(await getUnsigned(store, node, words.length)).toEqual(words);
  });
});

describe("what a block can't hold", () => {
  const deep = (levels: number): Value => (levels ? [deep(levels - 1)] : 0);

  test.each<[string, unknown]>([
    ["a float", 1.5],
    ["an integer that lost digits", 2 ** 53],
    ["NaN", Number.NaN],
    ["undefined", undefined],
    ["undefined inside", { a: undefined }],
    ["2^64", 1n << 64n],
    ["half a surrogate pair", "\ud800"],
    ["half a surrogate pair as key", { "\udc00": 1 }],
    ["a function", () => 0],
    ["a Map", new Map()],
    ["33 levels", deep(33)],
  ])("%s", (_, value) => {
    expect(() => encodeBlock(value as Value)).toThrow(InvalidInput);
  });

  test("more than 1 MiB", () => {
    expect(() => encodeBlock(new Uint8Array(MAX_BLOCK_BYTES))).toThrow("at most 1048576");
  });
});

describe("hostile bytes", () => {
  test("a list that declares 2^40 items costs nothing", () => {
    expect(() => decodeBlock(fromHex("9b0000010000000000"))).toThrow("declared where 0 bytes are left");
  });

  test("many small items are refused before they are built", () => {
    const many = joinBytes([fromHex("9a00020000"), new Uint8Array(1 << 17)]);
    expect(() => decodeBlock(many)).toThrow("more than 65536 values");
  });

  test("every truncation of a block is refused", () => {
    const data = encodeBlock({ list: [1, [2n ** 60n]], text: "ü", link: link(digestOf(new Uint8Array())) });
    for (let length = 0; length < data.length; length++) {
      expect(() => decodeBlock(data.slice(0, length))).toThrow(InvalidMessage);
    }
  });

  test("a map with the key __proto__ changes no object and is refused or returned whole", () => {
    const data = fromHex(`a1695f5f70726f746f5f5fa16161f5`);
    expect(() => decodeBlock(data)).toThrow(InvalidMessage);
    expect("a" in {}).toBe(false);
  });

  test("random bytes either decode to what encodes to them or are refused", () => {
    let seed = 1;
    const next = () => {
      seed = (seed * 48271) % 2147483647;
      return seed;
    };
    for (let i = 0; i < 3000; i++) {
      const data = Uint8Array.from({ length: 1 + (next() % 24) }, () => next() % 256);
      try {
        expect(toHex(encodeBlock(decodeBlock(data)))).toBe(toHex(data));
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidMessage);
      }
    }
  });
});

describe("CIDs", () => {
  const cid = cidOf(digestOf(new Uint8Array()));
  test.each([cid.toUpperCase(), `${cid.slice(0, -1)}b`, cid.slice(1), `${cid}a`, "", "bafy"])("refuses %s", (text) => {
    expect(() => digestFromCid(text)).toThrow(InvalidMessage);
  });

  test("a digest of another length has none", () => {
    expect(() => cidOf(new Uint8Array(31))).toThrow(InvalidInput);
  });
});
