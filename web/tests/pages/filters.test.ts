import { describe, expect, test } from "vitest";
import { Status } from "../../src/chain/types";
import type { Spec } from "../../src/core/specs";
import { countActive, type Filters, type MarketEntry, NO_FILTERS, selected } from "../../src/pages/market/filters";
import { REWARD, round, STAKE, T0, task } from "../chain/samples";

/** As much of a specification as filters look at. */
function spec(name: string, family: string, columns: readonly string[]): Spec {
  const target = { name: "answer", kind: "classes", classes: ["no", "yes"], centerMicro: 0n, scaleMicro: 1n };
  const listed = columns.map((column) => ({ name: column, centerMicro: 0n, scaleMicro: 1n }));
  return { name, purpose: `to learn about ${name}`, family, columns: listed, target } as unknown as Spec;
}

const open: MarketEntry = {
  task: task({ id: 3n, status: Status.Joining, joinEndsAt: T0 + 7_200 }, { pool: 500_000_000n }),
  round: undefined,
  spec: spec("Diabetes", "linear", ["age", "bmi"]),
  token: REWARD,
};
const training: MarketEntry = {
  // 600 of a token with 18 decimals is more than 500 of one with 6, and less wei for wei of nothing else.
  task: task({ id: 2n }, { pool: 600n * 10n ** 18n, committeeId: 2n }),
  round: round(),
  spec: spec("Digits", "softmax", ["pixel"]),
  token: STAKE,
};
const ended: MarketEntry = {
  task: task({ id: 1n, status: Status.Completed }, { pool: 1_000_000n }),
  round: undefined,
  spec: undefined,
  token: REWARD,
};
const ALL = [open, training, ended];

function ids(change: Partial<Filters>): readonly bigint[] {
  return selected(ALL, { ...NO_FILTERS, ...change }, T0).map((entry) => entry.task.id);
}

describe("filters", () => {
  test.each<[Partial<Filters>, readonly bigint[]]>([
    [{}, [3n, 2n, 1n]],
    [{ status: "open" }, [3n]],
    [{ status: "training" }, [2n]],
    [{ status: "ended" }, [1n]],
    [{ family: "softmax" }, [2n]],
    [{ committee: "2" }, [2n]],
    [{ minReward: "500" }, [3n, 2n]],
    [{ minReward: "500.01" }, [2n]],
    [{ hoursLeft: "1" }, [3n]],
    [{ hoursLeft: "24" }, []],
    [{ columns: "Age, BMI, answer, unused" }, [3n]],
    [{ columns: "age, bmi" }, []],
    [{ search: "diab" }, [3n]],
    [{ search: "PIXEL" }, [2n]],
    [{ search: "#1" }, [1n]],
    [{ search: "0x1111" }, [3n, 2n, 1n]],
  ])("%j", (change, expected) => {
    expect(ids(change)).toEqual(expected);
  });

  test("what is no amount filters nothing", () => {
    expect(ids({ minReward: "much" })).toEqual([3n, 2n, 1n]);
  });

  test("a task whose specification can't be read is found by its number, not by its content", () => {
    expect(ids({ search: "answer" })).toEqual([3n, 2n]);
  });
});

describe("order", () => {
  test("by reward in tokens, whatever their decimals", () => {
    expect(ids({ order: "reward" })).toEqual([2n, 3n, 1n]);
  });

  test("by the next deadline, those without one last", () => {
    expect(ids({ order: "deadline" })).toEqual([2n, 3n, 1n]);
  });
});

test("set filters are counted, the order is none", () => {
  expect(countActive(NO_FILTERS)).toBe(0);
  expect(countActive({ ...NO_FILTERS, order: "reward", search: "x", status: "open" })).toBe(2);
});
