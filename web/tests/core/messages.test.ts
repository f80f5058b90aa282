import { beforeAll, describe, expect, test, vi } from "vitest";
import { closeMasked, closeUpdate, seedContext } from "../../src/core/blobs";
import { digestOf, encodeBlock } from "../../src/core/blocks";
import { fromHex, toHex } from "../../src/core/bytes";
import {
  blocksOf,
  documentFrom,
  fetchOctets,
  fetchSealed,
  publish,
  publishOctets,
  publishSealed,
} from "../../src/core/document";
import { Identity, seal } from "../../src/core/envelope";
import { InvalidMessage } from "../../src/core/errors";
import { applyMasks } from "../../src/core/masks";
import { decodeState, decodeUpdate, type State, stateDocument, updateDocument } from "../../src/core/messages";
import { MemoryStore } from "../../src/core/store";
import { getUnsigned, putVector } from "../../src/core/vectors";
import { type GoldenDocument, type GoldenHeader, golden, headerOf, signed, unsigned, vectors } from "../vectors";

interface StateSays {
  round: number;
  weights: string[];
  gradient: string[];
  carried: string[];
  progress_wad: string;
  loss_micro: number;
  metric_micro: number;
}

interface BlobVectors {
  header: GoldenHeader;
  update: string[];
  seeds: string[];
  masked: string[];
  vector: { bytes: string };
  contexts: string[];
  commitments: string[];
  sealed: string[];
  blob: GoldenDocument;
}

interface DocumentVectors {
  sealed_state: { digest: string; blocks: string[]; top: { digest: string } };
}

// Long vectors, keys and sockets take their time where many things run at once.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const MESSAGES = vectors<{ header: GoldenHeader; state: GoldenDocument & { says: StateSays } }>("messages");
const BLOBS = vectors<BlobVectors>("blobs");
const HEADER = headerOf(BLOBS.header);
const LENGTH = 5;
const N_TRAINERS = 10;

function goldenState(): State {
  const { says } = MESSAGES.state;
  return {
    round: says.round,
    weights: signed(says.weights),
    gradient: signed(says.gradient),
    carried: says.carried.map(BigInt),
    progressWad: BigInt(says.progress_wad),
    lossMicro: BigInt(says.loss_micro),
    metricMicro: BigInt(says.metric_micro),
  };
}

describe("states", () => {
  test("are written as Python writes them", async () => {
    const document = await stateDocument(goldenState());
    const [top, ...chunks] = blocksOf(document).map((block) => toHex(block).slice(2));
    expect(top).toBe(MESSAGES.state.bytes);
    expect(chunks.sort()).toEqual(MESSAGES.state.chunks);
  });

  test("are read as Python wrote them", async () => {
    expect(await decodeState(await golden(MESSAGES.state), LENGTH, N_TRAINERS)).toEqual(goldenState());
  });

  test("of another model or other trainers are refused", async () => {
    const document = await golden(MESSAGES.state);
    await expect(decodeState(document, LENGTH + 1, N_TRAINERS)).rejects.toThrow(InvalidMessage);
    await expect(decodeState(document, LENGTH, N_TRAINERS - 1)).rejects.toThrow("9 deficits");
  });

  test.each<[string, Partial<State>]>([
    ["a positive deficit", { carried: [1n, ...new Array<bigint>(9).fill(0n)] }],
    ["a deficit below -2^62", { carried: [-(1n << 62n) - 1n, ...new Array<bigint>(9).fill(0n)] }],
    ["progress above 1", { progressWad: 10n ** 18n + 1n }],
    ["a loss beyond 2^62", { lossMicro: (1n << 62n) + 1n }],
    ["round 257", { round: 257 }],
    ["an initial state that carries", { round: 0 }],
  ])("with %s are refused", async (_, changes) => {
    const document = await stateDocument({ ...goldenState(), ...changes });
    await expect(decodeState(document, LENGTH, N_TRAINERS)).rejects.toThrow(InvalidMessage);
  });

  test("initial ones carry nothing for anybody", async () => {
    const document = await stateDocument({ ...goldenState(), round: 0, carried: [] });
    expect((await decodeState(document, LENGTH, 3)).carried).toEqual([0n, 0n, 0n]);
  });
});

describe("blobs", () => {
  const seeds = BLOBS.seeds.map(fromHex);

  test("masked vector, contexts and commitments are Python's", async () => {
    expect(await applyMasks(signed(BLOBS.update), seeds)).toEqual(unsigned(BLOBS.masked));
    expect(seeds.map((_, set) => toHex(seedContext(HEADER, set)).slice(2))).toEqual(BLOBS.contexts);
    const node = await putVector(new MemoryStore(), unsigned(BLOBS.masked));
    expect(toHex(encodeBlock(node)).slice(2)).toBe(BLOBS.vector.bytes);
  });

  test("the document is Python's, the sealed seeds given", async () => {
    const blocks = new MemoryStore();
    const vector = await putVector(blocks, unsigned(BLOBS.masked));
    const update = { vector, commitments: BLOBS.commitments.map(fromHex), sealedSeeds: BLOBS.sealed.map(fromHex) };
    const [top] = blocksOf(await updateDocument(HEADER, update, blocks));
    expect(toHex(top ?? new Uint8Array()).slice(2)).toBe(BLOBS.blob.bytes);
    expect(await decodeUpdate(await golden(BLOBS.blob), HEADER, 4)).toEqual(update);
  });

  test("belong to one place", async () => {
    const document = await golden(BLOBS.blob);
    for (const other of [
      { round: 4 },
      { taskId: 8n },
      { chainId: 1 },
      { sender: new Uint8Array(20) },
      { market: new Uint8Array(20) },
    ]) {
      await expect(decodeUpdate(document, { ...HEADER, ...other }, 4)).rejects.toThrow("belongs elsewhere");
    }
    await expect(decodeUpdate(document, HEADER, 21)).rejects.toThrow(InvalidMessage);
  });

  test("closed here, they hold fresh seeds under the right commitments and sets", async () => {
    const identities = await Promise.all([0, 1, 2, 3].map(() => Identity.generate()));
    const recipients = identities.map((identity) => identity.recipient);
    const update = signed(BLOBS.update);
    const document = await closeUpdate(HEADER, update, recipients);
    const opened = await decodeUpdate(document, HEADER, 4);
    const masked = await getUnsigned(document.blocks, opened.vector, update.length);
    expect(masked).not.toEqual(new BigUint64Array(update.buffer));
    // Seat 3 is in every set but the first (0, 1, 2).
    await expect(identities[3]?.unseal(opened.sealedSeeds[0] ?? new Uint8Array(), 1024)).rejects.toThrow(
      InvalidMessage,
    );
    for (const set of [1, 2, 3]) await identities[3]?.unseal(opened.sealedSeeds[set] ?? new Uint8Array(), 1024);
  });

  test("of a committee that is none can't be closed", async () => {
    const recipient = (await Identity.generate()).recipient;
    await expect(closeUpdate(HEADER, signed(["1"]), [recipient, recipient])).rejects.toThrow("a committee of 2");
    await expect(closeMasked(HEADER, unsigned(["1"]), [], new Array(4).fill(recipient))).rejects.toThrow("0 seeds");
  });
});

describe("sealed documents", () => {
  const { identities } = vectors<{ identities: { key: string }[] }>("envelope");
  const MADE = vectors<DocumentVectors>("documents");
  let identity: Identity;
  let other: Identity;

  beforeAll(async () => {
    [identity, other] = [await Identity.fromFileText(identities[0]?.key ?? ""), await Identity.generate()];
  });

  async function storeOf(blocks: readonly string[]): Promise<MemoryStore> {
    return (await documentFrom(blocks.map(fromHex))).blocks;
  }

  test("made by Python open", async () => {
    const { digest, blocks, top } = MADE.sealed_state;
    const store = await storeOf(blocks);
    const document = await fetchSealed(fromHex(digest), identity, store, 1 << 16);
    expect(toHex(document.digest)).toBe(`0x${top.digest}`);
    expect(await decodeState(document, LENGTH, N_TRAINERS)).toEqual(goldenState());
    await expect(fetchSealed(fromHex(digest), other, store, 1 << 16)).rejects.toThrow(InvalidMessage);
  });

  test("made here open, keep their digest, and are cut into chunks", async () => {
    const store = new MemoryStore();
    const weights = BigInt64Array.from({ length: 200_000 }, (_, i) => BigInt(i) << 20n);
    const document = await stateDocument({ ...goldenState(), weights, gradient: weights });
    const digest = await publishSealed(document, [identity.recipient, other.recipient], store);
    const opened = await fetchSealed(digest, other, store, 4_000_000);
    expect(toHex(opened.digest)).toBe(toHex(document.digest));
    expect(blocksOf(opened).map((block) => toHex(digestOf(block)))).toEqual(
      blocksOf(document).map((block) => toHex(digestOf(block))),
    );
    await expect(fetchOctets(digest, store, 100_000)).rejects.toThrow(InvalidMessage);
  });

  test("published in the clear keep every block", async () => {
    const store = new MemoryStore();
    const document = await stateDocument(goldenState());
    expect(await publish(document, store)).toEqual(document.digest);
    expect(await decodeState({ digest: document.digest, blocks: store }, LENGTH, N_TRAINERS)).toEqual(goldenState());
  });

  test.each<[string, string]>([
    ["no blocks", ""],
    ["an empty block", "00000000"],
    ["a block cut off", "00000005f6"],
    ["a length cut off", "0000"],
    ["a block of 4 GiB", "fffffffff6"],
    ["a block of 1 MiB and a byte", "00100001f6"],
  ])("with %s inside are refused", async (_, framed) => {
    const store = new MemoryStore();
    const digest = await publishOctets(await seal(fromHex(framed), [identity.recipient]), store);
    await expect(fetchSealed(digest, identity, store, 1 << 20)).rejects.toThrow(InvalidMessage);
  });

  test.each<[string, Parameters<typeof encodeBlock>[0]]>([
    ["a huge length", { type: "deltaml/sealed/1", length: 2 ** 50, chunks: [] }],
    ["too few chunks", { type: "deltaml/sealed/1", length: 5, chunks: [] }],
    ["another type", { type: "deltaml/sealed/2", length: 0, chunks: [] }],
    ["a negative length", { type: "deltaml/sealed/1", length: -1, chunks: [] }],
    ["chunks that are no links", { type: "deltaml/sealed/1", length: 5, chunks: ["x"] }],
    ["no map", [1]],
  ])("behind a block with %s are refused", async (_, block) => {
    const store = new MemoryStore();
    const digest = await store.put(encodeBlock(block));
    await expect(fetchSealed(digest, identity, store, 1 << 20)).rejects.toThrow(InvalidMessage);
  });
});
