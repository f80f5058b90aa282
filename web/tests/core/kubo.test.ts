import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cidOf, type Digest, digestOf, encodeBlock } from "../../src/core/blocks";
import { InvalidInput, InvalidMessage, Unavailable } from "../../src/core/errors";
import { FallbackStore, GatewayStore, KuboStore } from "../../src/core/kubo";
import { MemoryStore } from "../../src/core/store";

// Long vectors, keys and sockets take their time where many things run at once.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const BLOCK = Buffer.from(encodeBlock({ some: "block" }));
const DIGEST = digestOf(BLOCK);
const PATIENCE_MS = 10_000;
const IMPATIENCE_MS = 200;

let server: Server;
let url: string;
let asked: { method: string; url: string; body: Buffer }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    asked.push({ method: request.method ?? "", url: request.url ?? "", body: Buffer.concat(parts) });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe("a node's RPC", () => {
  const kubo = () => new KuboStore(`${url}/`, PATIENCE_MS);

  test("puts blocks as Kubo wants them, and holds it to the digest", async () => {
    answer = (_, response) => response.end(JSON.stringify({ Key: cidOf(DIGEST), Size: BLOCK.length }));
    expect(await kubo().put(BLOCK)).toEqual(DIGEST);
    expect(asked[0]).toMatchObject({
      method: "POST",
      url: "/api/v0/block/put?cid-codec=dag-cbor&mhtype=sha2-256&pin=true",
    });
    expect(asked[0]?.body.includes(BLOCK)).toBe(true);
  });

  test.each<[string, string]>([
    ["another CID", JSON.stringify({ Key: cidOf(new Uint8Array(32)) })],
    ["no key", "{}"],
    ["no JSON", "<html>"],
    ["a list", "[]"],
    ["endless text", "x".repeat(5000)],
  ])("refuses %s for an answer", async (_, text) => {
    answer = (_request, response) => response.end(text);
    await expect(kubo().put(BLOCK)).rejects.toThrow(InvalidMessage);
  });

  test("gets blocks by their CID", async () => {
    answer = (_, response) => response.end(BLOCK);
    expect(BLOCK.equals(await kubo().get(DIGEST, 100))).toBe(true);
    expect(asked[0]).toMatchObject({ method: "POST", url: `/api/v0/block/get?arg=${cidOf(DIGEST)}` });
  });

  test("takes the node's lies for the node's fault", async () => {
    answer = (_, response) => response.end("other bytes");
    await expect(kubo().get(DIGEST, 100)).rejects.toThrow(Unavailable);
  });

  test("stops reading what is too long, whatever length is declared", async () => {
    let written = 0;
    answer = (_, response) => {
      const more = () => {
        while (!response.destroyed && written < 1 << 26 && response.write(Buffer.alloc(1 << 16))) written += 1 << 16;
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    };
    await expect(new KuboStore(url, PATIENCE_MS).get(DIGEST, 1000)).rejects.toThrow("longer than the 1000 bytes");
    expect(written).toBeLessThan(1 << 26);
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ["an error", (response) => response.writeHead(500).end('{"Message":"block not found"}')],
    [
      "half an answer",
      (response) => response.writeHead(200, { "content-length": "99" }).write("x", () => response.destroy()),
    ],
    ["silence", () => {}],
    ["silence in the middle", (response) => response.write("x")],
  ])("can be tried again after %s", async (_, misbehave) => {
    answer = (_request, response) => misbehave(response);
    const failure: unknown = await new KuboStore(url, IMPATIENCE_MS).get(DIGEST, 100).catch((error) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect((failure as Unavailable).retryable).toBe(true);
  });

  test("sends nothing above 1 MiB", async () => {
    await expect(kubo().put(new Uint8Array((1 << 20) + 1))).rejects.toThrow(InvalidInput);
    expect(asked).toEqual([]);
  });

  test("nobody there", async () => {
    await expect(new KuboStore("http://127.0.0.1:1", PATIENCE_MS).get(DIGEST, 100)).rejects.toThrow(
      "is the node running",
    );
  });
});

test("a gateway reads raw blocks, keeps none", async () => {
  answer = (_, response) => response.end(BLOCK);
  expect(BLOCK.equals(await new GatewayStore(url).get(DIGEST, 100))).toBe(true);
  expect(asked[0]).toMatchObject({ method: "GET", url: `/ipfs/${cidOf(DIGEST)}?format=raw` });
  await expect(new GatewayStore(url).put()).rejects.toThrow(Unavailable);
});

describe("a store with others behind it", () => {
  const broken = {
    put: async (): Promise<Digest> => DIGEST,
    get: async () => Promise.reject(new InvalidMessage("too long")),
  };

  test("reads from the first that has the block, writes to the first", async () => {
    const [first, second] = [new MemoryStore(), new MemoryStore()];
    await second.put(BLOCK);
    const store = new FallbackStore(first, [second]);
    expect(BLOCK.equals(await store.get(DIGEST, 100))).toBe(true);
    const other = await store.put(encodeBlock("other"));
    expect(await first.get(other, 100)).toEqual(encodeBlock("other"));
    await expect(store.get(new Uint8Array(32), 100)).rejects.toThrow(/nobody has .*; nobody has /);
  });

  test("a block that is wrong anywhere is wrong everywhere", async () => {
    await expect(new FallbackStore(broken, [new MemoryStore()]).get(DIGEST, 1)).rejects.toThrow("too long");
  });
});
