import { describe, expect, test } from "vitest";
import { InvalidInput } from "../../src/core/errors";
import { features, Table, targets } from "../../src/core/table";
import { SPEC } from "../data/scene";

const CSV = 'age,"dose, mg",ill\n30,0.5,yes\n-20,1e-3,"no ""really"""\n';

describe("CSV files", () => {
  test.each<[string, string | Blob]>([
    ["text", CSV],
    ["a file", new Blob([CSV])],
    ["with a byte order mark and Windows lines", `\uFEFF${CSV.replaceAll("\n", "\r\n")}`],
    ["without a last line feed", CSV.trimEnd()],
  ])("%s", async (_, source) => {
    const table = await Table.fromCsv(source);
    expect(table.names).toEqual(["age", "dose, mg", "ill"]);
    expect(table.nRows).toBe(2);
    expect([...table.numbers("age"), ...table.numbers("dose, mg")]).toEqual([30, -20, 0.5, 0.001]);
    expect(table.texts("ill")).toEqual(["yes", 'no "really"']);
  });

  test.each<[string, string | Blob, string]>([
    ["nothing", "", "must name the columns"],
    ["no rows", "a,b\n", "no rows"],
    ["a column twice", "a,a\n1,2\n", "each once"],
    ["a short line", "a,b\n1,2\n3\n", "line 3: 1 cells"],
    ["a long line", "a,b\n1,2,3\n", "line 2: 3 cells"],
    ["an empty line in the middle", "a,b\n1,2\n\n3,4\n", "line 3: 1 cells"],
    ["an open quote", 'a,b\n1,"2\n', "line 2"],
    ["Latin-1", new Blob([Uint8Array.of(0x61, 0x0a, 0xfc, 0x0a)]), "not UTF-8"],
  ])("%s is refused", async (_, source, message) => {
    await expect(Table.fromCsv(source)).rejects.toThrow(InvalidInput);
    await expect(Table.fromCsv(source)).rejects.toThrow(message);
  });

  test.each(["", "x", "NaN", "Infinity", "1,5", "0x10", "1 2", "1e999", "--1"])("%j is no number", async (cell) => {
    const table = await Table.fromCsv(`a,b\n1,1\n"${cell}",1\n`);
    expect(() => table.numbers("a")).toThrow("column a, row 2");
  });

  test.each(["1", " 1 ", "+1", "1.", "01", "1e0", "10E-1", ".1e1"])("%j is one", async (cell) => {
    expect([...(await Table.fromCsv(`a\n${cell}\n`)).numbers("a")]).toEqual([1]);
  });

  test("columns are summed up for a person to see", async () => {
    const table = await Table.fromCsv("n,t\n3,x\n-1,y\n2,x\n");
    expect(table.summaries()).toEqual([
      { kind: "number", name: "n", low: -1, high: 3 },
      { kind: "text", name: "t", distinct: 2, examples: ["x", "y"] },
    ]);
  });
});

describe("what the model sees", () => {
  const unit = { centerMicro: 10_000_000n, scaleMicro: 4_000_000n };
  const spec = {
    ...SPEC,
    columns: [
      { name: "b", ...unit },
      { name: "a", ...unit },
    ],
  };

  test("is standardised, in the specification's order", async () => {
    const table = await Table.fromCsv("a,b,y\n10,14,no\n2,10,yes\n");
    expect([...features(spec, table)]).toEqual([1, 0, 0, -2]);
    const classes = { ...SPEC.target, name: "y" };
    expect([...targets(classes, table)]).toEqual([0, 1]);
    expect([...targets({ ...unit, name: "a", kind: "number", classes: [] }, table)]).toEqual([0, -2]);
    expect(() => targets({ ...classes, classes: ["no", "maybe"] }, table)).toThrow(
      'row 2: "yes" is not one of no, maybe',
    );
    expect(() => table.numbers("c")).toThrow("this file has a, b, y");
  });
});
