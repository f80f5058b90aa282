/** A data owner sees every reason why a task does not fit, and none when it does. */
import { describe, expect, it } from "vitest";
import { EMPTY_LEDGER } from "../../src/data/ledger";
import { DENY_ALL, type Policy } from "../../src/data/policy";
import { reasonsAgainst } from "../../src/pages/data/fit";
import type { KeptDataSet } from "../../src/pages/data/use-device";
import { asSentence, epsilonRemark, epsilonWords, rangeWords } from "../../src/pages/data/words";
import { DATA, JOINING, SPEC, TERMS, TOKEN } from "../data/scene";

const OPEN: Policy = {
  ...DENY_ALL,
  columns: ["age", "dose", "ill"],
  purposes: ["research"],
  rewards: [{ token: TOKEN, minimumPerRound: 0n }],
  privacy: null,
};
const KEPT: KeptDataSet = {
  facts: {
    digest: DATA,
    name: "mine.csv",
    rows: 10,
    columns: [
      { kind: "number", name: "age", low: 1, high: 90 },
      { kind: "number", name: "dose", low: 0, high: 1 },
      { kind: "text", name: "ill", distinct: 2, examples: ["no", "yes"] },
    ],
  },
  policy: OPEN,
  ledger: EMPTY_LEDGER,
};
const against = (policy: Partial<Policy>, spec = SPEC) =>
  reasonsAgainst({ ...KEPT, policy: { ...OPEN, ...policy } }, JOINING, spec);

describe("a task and a file", () => {
  it("fit", () => {
    expect(against({})).toEqual([]);
  });
  it("do not fit while nothing is allowed: each reason is named", () => {
    expect(against(DENY_ALL)).toEqual([
      expect.stringMatching(/not allowed any purpose/),
      expect.stringMatching(/column age, which you have not allowed/),
      expect.stringMatching(/more of your data than your limit of ε = 1/),
    ]);
  });
  it.each<[string, Partial<Policy>, RegExp]>([
    ["a pause", { paused: true }, /paused/],
    ["a closed column", { columns: ["age", "dose"] }, /column ill/],
    ["another token", { rewards: [] }, /token that you have not allowed/],
    ["a higher price", { rewards: [{ token: TOKEN, minimumPerRound: TERMS.pool }] }, /less than you ask/],
  ])("do not fit for %s", (_, policy, said) => {
    const reasons = against(policy);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(said);
  });
  it("need the command line for neural networks", () => {
    expect(against({}, { ...SPEC, family: "mlp", shape: { nFeatures: 2, nHidden: 3, nOutputs: 2 } })).toEqual([
      expect.stringMatching(/command line/),
    ]);
  });
  it("need the same columns", () => {
    const other = { ...SPEC, columns: [...SPEC.columns, { name: "height", centerMicro: 0n, scaleMicro: 1n }] };
    expect(against({}, { ...other, shape: { nFeatures: 3 } })).toEqual([expect.stringMatching(/no column height/)]);
  });
  it("fit under a limit when the owner adds enough noise", () => {
    expect(against({ privacy: { epsilon: 1, delta: 1e-5 }, noiseMicro: 40_000_000 })).toEqual([]);
  });
});

describe("words", () => {
  it("say what columns hold", () => {
    expect(KEPT.facts.columns.map(rangeWords)).toEqual(["1 to 90", "0 to 1", "text: no, yes"]);
  });
  it("say what privacy was spent", () => {
    expect([0, 0.12345, Number.POSITIVE_INFINITY].map(epsilonWords)).toEqual(["0", "0.123", "unlimited"]);
    expect(epsilonRemark(0.5, 1)).toBe("of at most 1");
  });
  it("are sentences", () => {
    expect(asSentence("you paused")).toBe("You paused.");
  });
});
