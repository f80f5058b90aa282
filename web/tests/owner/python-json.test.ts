import { describe, expect, it } from "vitest";
import { Float, pythonFloat, pythonJson } from "../../src/owner/python-json";

describe("floats as Python writes them", () => {
  it.each([
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [0.1, "0.1"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [123456789.125, "123456789.125"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [-1.25e21, "-1.25e+21"],
    [5e-324, "5e-324"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("%f", (value, text) => {
    expect(pythonFloat(value)).toBe(text);
  });
});

describe("documents", () => {
  it("are indented by one and hold ASCII only", () => {
    const text = pythonJson({ a: [], b: {}, c: ["\u0007 é 💊 \u007f", 3n], d: new Float(2) });
    expect(text).toBe(
      '{\n "a": [],\n "b": {},\n "c": [\n  "\\u0007 \\u00e9 \\ud83d\\udc8a \\u007f",\n  3\n ],\n "d": 2.0\n}',
    );
  });
});
