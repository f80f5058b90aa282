/** The page makes of a task file and a CSV what the command line makes of them, byte for byte. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/core/bytes";
import { stateDocument } from "../../src/core/messages";
import { encodeOpenSpec } from "../../src/core/open-spec";
import { Table } from "../../src/core/table";
import { validationDocument } from "../../src/core/validation";
import { exportState, readModelFile } from "../../src/owner/model-file";
import { makeParams } from "../../src/owner/params";
import { predictTable } from "../../src/owner/predict";
import { prepareTask } from "../../src/owner/prepare";
import { readTaskFile, writeTaskFile } from "../../src/owner/task-file";

interface Case {
  toml: string;
  csv: string;
  spec: string;
  validation: string;
  state: string;
  params: Record<string, string>;
  weights: string[];
  model: string;
  predictions: string[];
}

const VECTORS = JSON.parse(readFileSync(new URL("../../../tests/vectors/drafts.json", import.meta.url), "utf-8"));
const RECIPIENT = fromHex(VECTORS.recipient);
const CASES = Object.entries<Case>(VECTORS.cases);

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe.each(CASES)("%s", (_, given) => {
  const draft = readTaskFile(given.toml, "task.toml");
  const prepared = async () => prepareTask(draft, await Table.fromCsv(given.csv), RECIPIENT);

  it("gives the same specification, validation set and initial state", async () => {
    const { spec, validation, state } = await prepared();
    expect(toHex(encodeOpenSpec(spec))).toBe(`0x${given.spec}`);
    expect(toHex((await validationDocument(spec.target.kind, validation)).digest)).toBe(`0x${given.validation}`);
    expect(toHex((await stateDocument(state)).digest)).toBe(`0x${given.state}`);
  });

  it("gives the same terms on chain", () => {
    const params = makeParams(draft, VECTORS.token, `0x${"01".repeat(32)}`, `0x${"02".repeat(32)}`);
    const said = Object.entries(params).map(([name, value]) => [
      snake(name),
      String(value).replace(/^0x(?=0[12])/, ""),
    ]);
    expect(Object.fromEntries(said)).toEqual(given.params);
  });

  it("writes the same model file, and predicts the same from it", async () => {
    const { spec, state } = await prepared();
    const weights = BigInt64Array.from(given.weights, BigInt);
    const text = exportState(spec, { ...state, weights, round: 3, lossMicro: -7n, metricMicro: 10n ** 22n });
    expect(text).toBe(given.model);
    const answers = predictTable(readModelFile(text), await Table.fromCsv(given.csv));
    if (spec.target.kind === "classes") expect(answers).toEqual(given.predictions);
    else for (const [row, answer] of answers.entries()) expect(answer).toBeCloseTo(Number(given.predictions[row]), 9);
  });

  it("comes back unchanged from a file that it wrote", () => {
    expect(readTaskFile(writeTaskFile(draft), "task.toml")).toEqual(draft);
  });
});
