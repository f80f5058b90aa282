import { describe, expect, test } from "vitest";
import { decodeBlock, encodeBlock, type Value } from "../../src/core/blocks";
import { fromHex, toHex } from "../../src/core/bytes";
import { InvalidMessage } from "../../src/core/errors";
import { encodeOpenSpec } from "../../src/core/open-spec";
import { decodeSpec } from "../../src/core/specs";
import { vectors } from "../vectors";

type Changes = Record<string, string | null>;

interface SpecVectors {
  base: string;
  sealed_base: string;
  whole: Record<string, string>;
  taken: Record<string, Changes>;
  refused: Record<string, Changes>;
  refused_sealed: Record<string, Changes>;
}

const VECTORS = vectors<SpecVectors>("specs");

function build(base: string, changes: Changes): Uint8Array {
  const block = decodeBlock(fromHex(base));
  const merged: Record<string, Value> = { ...(block as Record<string, Value>) };
  for (const [name, data] of Object.entries(changes)) {
    if (data === null) delete merged[name];
    else merged[name] = decodeBlock(fromHex(data));
  }
  return encodeBlock(merged);
}

function expectSameBytes(data: Uint8Array): void {
  const spec = decodeSpec(data);
  if (spec.kind === "open") expect(toHex(encodeOpenSpec(spec))).toBe(toHex(data));
  else expect(spec.columns.length).toBe(spec.shape.nFeatures);
}

describe("takes what Python takes, and writes the same bytes", () => {
  test.each(Object.entries(VECTORS.whole))("%s", (_, data) => expectSameBytes(fromHex(data)));
  test.each(Object.entries(VECTORS.taken))("%s", (_, changes) => expectSameBytes(build(VECTORS.base, changes)));
});

describe("refuses what Python refuses", () => {
  test.each(Object.entries(VECTORS.refused))("%s", (_, changes) => {
    expect(() => decodeSpec(build(VECTORS.base, changes))).toThrow(InvalidMessage);
  });

  test.each(Object.entries(VECTORS.refused_sealed))("a sealed one: %s", (_, changes) => {
    expect(() => decodeSpec(build(VECTORS.sealed_base, changes))).toThrow(InvalidMessage);
  });

  test.each<[string, Value]>([
    ["a list", []],
    ["nothing", null],
    ["a text", "deltaml/spec/1"],
    ["bytes", new Uint8Array(3)],
  ])("%s", (_, value) => {
    expect(() => decodeSpec(encodeBlock(value))).toThrow(InvalidMessage);
  });
});
