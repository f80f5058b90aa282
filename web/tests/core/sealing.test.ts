import { base64nopad } from "@scure/base";
import { describe, expect, test } from "vitest";
import { DerivedRecipient } from "../../src/core/age-recipient";
import { fromHex, toHex } from "../../src/core/bytes";
import { holderSets } from "../../src/core/committee";
import { Identity, recipientFromText, recipientToText, seal, usableRecipients } from "../../src/core/envelope";
import { InvalidInput, InvalidMessage } from "../../src/core/errors";
import { FixedPoint, roundHalfEven } from "../../src/core/fixed-point";
import { applyMasks, drawSeeds, keystream, seedCommitment } from "../../src/core/masks";
import { signed, unsigned, vectors } from "../vectors";

interface MaskVectors {
  keystream: { seed: string; start: number; words: string[] }[];
  commitment: { seed: string; context: string; commitment: string };
  holder_sets: Record<string, number[][]>;
  round: { updates: string[][]; seeds: string[][]; masked: string[][] };
}

interface EnvelopeVectors {
  identities: { key: string; recipient: string; text: string }[];
  plaintext: string;
  sealed: string;
  header: { file_key: string; text: string };
}

const MASKS = vectors<MaskVectors>("masks");
const ENVELOPE = vectors<EnvelopeVectors>("envelope");
const LOW_ORDER = ["00".repeat(32), `01${"00".repeat(31)}`, `ecffff${"ff".repeat(28)}7f`];

describe("fixed point", () => {
  const cases = vectors<{ fixed_point: { fraction_bits: number; reals: number[]; integers: string[] }[] }>("learning");

  test.each(cases.fixed_point)("$fraction_bits bits: ties to even, as numpy", ({ fraction_bits, reals, integers }) => {
    expect([...new FixedPoint(fraction_bits).encode(Float64Array.from(reals))].map(String)).toEqual(integers);
  });

  test.each([Number.NaN, Infinity, -Infinity, 2 ** 39, -(2 ** 39), 1e300])("refuses %s at 24 bits", (value) => {
    expect(() => new FixedPoint(24).encode(Float64Array.of(0, value))).toThrow("value 1 is");
  });

  test("the ends of the range", () => {
    const below = 2 ** 39 - 2 ** -14; // the largest double below 2^39
    expect([...new FixedPoint(24).encode(Float64Array.of(below, -below))]).toEqual([
      2n ** 63n - 1024n,
      1024n - 2n ** 63n,
    ]);
    expect(new FixedPoint(52).decode(BigInt64Array.of(-(2n ** 63n)))[0]).toBe(-2048);
  });

  test.each([-1, 53, 1.5])("%s fraction bits are refused", (bits) => {
    expect(() => new FixedPoint(bits)).toThrow(InvalidInput);
  });

  test("rounding by hand", () => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.500000001].map(roundHalfEven)).toEqual([-2, -2, 0, 0, 2, 2, 3]);
  });
});

describe("masks", () => {
  test.each(MASKS.keystream)("keystream from word $start", async ({ seed, start, words }) => {
    expect((await keystream(fromHex(seed), words.length, start)).map(BigInt)).toEqual(unsigned(words));
  });

  test("masked vectors", async () => {
    for (const [trainer, update] of MASKS.round.updates.entries()) {
      const seeds = (MASKS.round.seeds[trainer] ?? []).map(fromHex);
      expect(await applyMasks(signed(update), seeds)).toEqual(unsigned(MASKS.round.masked[trainer] ?? []));
    }
  });

  test("a long vector is masked as one stream", async () => {
    const [seed] = drawSeeds(4);
    const length = (1 << 14) + 3;
    const whole = await keystream(seed ?? new Uint8Array(), length);
    expect(toHex(new Uint8Array((await applyMasks(new BigInt64Array(length), seed ? [seed] : [])).buffer))).toBe(
      toHex(new Uint8Array(whole.buffer)),
    );
  });

  test("commitments", () => {
    const { seed, context, commitment } = MASKS.commitment;
    expect(toHex(seedCommitment(fromHex(seed), fromHex(context)))).toBe(`0x${commitment}`);
    expect(() => seedCommitment(new Uint8Array(31), new Uint8Array())).toThrow(InvalidInput);
  });

  test("holder sets in Python's order; 120 of them for ten members", () => {
    for (const [n, sets] of Object.entries(MASKS.holder_sets)) expect(holderSets(Number(n))).toEqual(sets);
    expect(holderSets(10)).toHaveLength(120);
    expect(() => holderSets(5)).toThrow(InvalidInput);
  });

  test("seeds are fresh", () => {
    const drawn = [...drawSeeds(4), ...drawSeeds(4)].map(toHex);
    expect(new Set(drawn).size).toBe(8);
  });
});

describe("age", () => {
  const identities = () => Promise.all(ENVELOPE.identities.map(({ key }) => Identity.fromFileText(key)));

  test("identities and recipients are Python's", async () => {
    for (const [index, identity] of (await identities()).entries()) {
      const expected = ENVELOPE.identities[index];
      expect(toHex(identity.recipient)).toBe(`0x${expected?.recipient}`);
      expect(recipientToText(identity.recipient)).toBe(expected?.text);
      expect(toHex(recipientFromText(expected?.text ?? ""))).toBe(`0x${expected?.recipient}`);
      expect(identity.toFileText()).toBe(`# public key: ${expected?.text}\n${expected?.key}\n`);
    }
  });

  test("opens what Python sealed", async () => {
    for (const identity of await identities()) {
      expect(toHex(await identity.unseal(fromHex(ENVELOPE.sealed), 256))).toBe(`0x${ENVELOPE.plaintext}`);
    }
  });

  test("every reader can write the header again: its parts are Python's, and a whole file's are its key's", async () => {
    const fileKey = fromHex(ENVELOPE.header.file_key);
    const recipients = ENVELOPE.identities.map(({ recipient }) => fromHex(recipient));
    const lines = recipients
      .flatMap((recipient) => new DerivedRecipient(recipient).wrapFileKey(fileKey))
      .flatMap(({ args, body }) => [`-> ${args.join(" ")}`, base64nopad.encode(body)]);
    expect(["age-encryption.org/v1", ...lines]).toEqual(ENVELOPE.header.text.split("\n").slice(0, -2));
    const file = new TextDecoder().decode(await seal(new Uint8Array(), recipients)).split("\n");
    expect(file.slice(0, 5).map((line) => line.split(" ")[0] && line.length)).toEqual(
      ENVELOPE.header.text
        .split("\n")
        .slice(0, 5)
        .map((line) => line.length),
    );
    expect(file[5]).toMatch(/^--- /);
  });

  test("a generated identity survives its file, and hides its key", async () => {
    const made = await Identity.generate();
    const read = await Identity.fromFileText(made.toFileText());
    const sealed = await seal(fromHex("0102"), [read.recipient]);
    expect(toHex(await made.unseal(sealed, 2))).toBe("0x0102");
    expect(`${made} ${JSON.stringify(made)}`).not.toContain("SECRET");
  });

  test("refuses what is larger than allowed, damaged, or for somebody else", async () => {
    const [one] = await identities();
    if (!one) throw new Error("no identity");
    const sealed = await seal(new Uint8Array(100), [one.recipient]);
    await expect(one.unseal(sealed, 99)).rejects.toThrow("at most 99");
    await expect(one.unseal(new Uint8Array(1 << 20), 10)).rejects.toThrow(InvalidMessage);
    const damaged = sealed.slice();
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    await expect(one.unseal(damaged, 100)).rejects.toThrow(InvalidMessage);
    await expect((await Identity.generate()).unseal(sealed, 100)).rejects.toThrow(InvalidMessage);
    await expect(one.unseal(fromHex("00"), 100)).rejects.toThrow(InvalidMessage);
  });

  test.each(LOW_ORDER)("refuses the key of low order %s", async (key) => {
    const good = (await Identity.generate()).recipient;
    await expect(seal(new Uint8Array(), [good, fromHex(key)])).rejects.toThrow(InvalidInput);
    expect(await usableRecipients([fromHex(key), good])).toEqual([good]);
  });

  test.each(["", "age1qqqq", "AGE-SECRET-KEY-1QQQ", "AGE-SECRET-KEY-PQ-1QQQ\n", `${"x\n".repeat(3)}`])(
    "refuses the identity file %j",
    async (text) => {
      await expect(Identity.fromFileText(text)).rejects.toThrow(InvalidInput);
    },
  );

  test("refuses no recipient and too many", async () => {
    await expect(seal(new Uint8Array(), [])).rejects.toThrow(InvalidInput);
    await expect(seal(new Uint8Array(), new Array(1101).fill(new Uint8Array(32)))).rejects.toThrow(InvalidInput);
    expect(() => recipientFromText(recipientToText(new Uint8Array(32)).toUpperCase().replace("A", "a"))).toThrow();
  });
});
