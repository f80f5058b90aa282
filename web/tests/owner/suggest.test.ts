import { describe, expect, it } from "vitest";
import { Table } from "../../src/core/table";
import { guessData, previewColumns } from "../../src/owner/columns";
import { epsilonOfNoise, noiseInWords } from "../../src/owner/noise-cost";
import { STARTING_DRAFT } from "../../src/owner/starting-draft";
import { suggestClip, suggestLosses } from "../../src/owner/suggest";

/** y = 2a - b + a little; ill where y is above 0. */
async function rows(count = 200): Promise<Table> {
  const lines = Array.from({ length: count }, (_, i) => {
    const a = Math.sin(i * 1.7) * 3;
    const b = Math.cos(i * 2.3) * 2;
    const y = 2 * a - b + 0.05 * Math.sin(i * 31);
    return `${a},${b},${y},${y > 0 ? "yes" : "no"}`;
  });
  return Table.fromCsv(`a,b,y,ill\n${lines.join("\n")}\n`);
}

describe("a first guess at a file", () => {
  it("predicts the last column from those of numbers", async () => {
    expect(guessData(previewColumns(await rows()))).toEqual({
      model: { family: "logistic" },
      data: { columns: ["a", "b", "y"], target: "ill", classes: ["no", "yes"] },
    });
  });
  it("takes a column of many numbers for a number", async () => {
    const table = await Table.fromCsv(`a,price\n${Array.from({ length: 40 }, (_, i) => `${i},${i / 7}`).join("\n")}`);
    expect(guessData(previewColumns(table)).model).toEqual({ family: "linear" });
  });
});

describe("suggestions", () => {
  it("start at the untrained model and aim below what the file alone reaches", async () => {
    const draft = { ...STARTING_DRAFT, data: { columns: ["a", "b"], target: "ill", classes: ["no", "yes"] } };
    const { baseline, alone, target } = suggestLosses(draft, await rows());
    expect(baseline).toBeCloseTo(Math.log(2), 5);
    expect(alone).toBeLessThan(0.3);
    expect(target).toBeLessThan(alone);
    expect(target).toBeGreaterThan(alone * 0.85);
  });
  it("know the least loss of a linear model", async () => {
    const draft = { ...STARTING_DRAFT, model: { family: "linear" }, data: { columns: ["a", "b"], target: "y" } };
    const { baseline, alone } = suggestLosses(draft, await rows());
    expect(baseline).toBeCloseTo(0.5, 3);
    expect(alone).toBeLessThan(0.001);
  });
  it("measure how long updates are", async () => {
    const draft = { ...STARTING_DRAFT, data: { columns: ["a", "b"], target: "ill", classes: ["no", "yes"] } };
    const clip = await suggestClip(draft, await rows());
    expect(clip).toBeGreaterThan(0.05);
    expect(clip).toBeLessThan(5);
  });
});

describe("what noise guarantees", () => {
  it("is nothing without noise", () => {
    expect(epsilonOfNoise(10, 1, 0, 10)).toBe(Number.POSITIVE_INFINITY);
    expect(noiseInWords(epsilonOfNoise(10, 1, 0, 10))).toMatch(/no guarantee/);
  });
  it("grows with noise and shrinks with rounds", () => {
    expect(epsilonOfNoise(10, 1, 20, 10)).toBeLessThan(epsilonOfNoise(10, 1, 10, 10));
    expect(epsilonOfNoise(10, 1, 20, 10)).toBeLessThan(epsilonOfNoise(10, 1, 20, 40));
  });
});
