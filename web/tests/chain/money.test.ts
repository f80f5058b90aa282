import { describe, expect, test } from "vitest";
import { exactAmount, formatAmount, formatMoney, formatWadPercent, parseMoney } from "../../src/chain/money";
import { formatDuration, formatRelative } from "../../src/chain/time";
import { ETHER, REWARD, STAKE } from "./samples";

describe("amounts", () => {
  test.each([
    [0n, "0"],
    [1n, "< 0.0001"],
    [10n ** 14n, "0.0001"],
    [ETHER, "1"],
    [1_234_567n * ETHER + ETHER / 2n, "1,234,567.5"],
    // Cut, never rounded up: nobody is promised what he won't get.
    [2n * ETHER - 1n, "1.9999"],
    [-ETHER, "−1"],
  ])("%i wei", (amount, text) => {
    expect(formatAmount(amount, 18)).toBe(text);
  });

  test("beyond what a float holds", () => {
    expect(exactAmount({ token: STAKE, amount: 123_456_789_012_345_678_901_234_567n })).toBe(
      "123456789.012345678901234567",
    );
  });

  test("in the token's own decimals", () => {
    expect(formatMoney({ token: REWARD, amount: 1_500_000n })).toBe("1.5 RWD");
  });
});

describe("parsing", () => {
  test.each([
    ["1", 1_000_000n],
    ["0.000001", 1n],
    [".5", 500_000n],
    ["1,234.5", 1_234_500_000n],
    [" 7 ", 7_000_000n],
  ])("%s", (text, amount) => {
    expect(parseMoney(text, REWARD)).toBe(amount);
  });

  test.each(["", ".", "-1", "1e3", "0.0000001", "1,5", "one", "0x10"])("%s is no amount", (text) => {
    expect(parseMoney(text, REWARD)).toBeNull();
  });

  test("what is shown in full can be read back", () => {
    for (const amount of [0n, 1n, 999_999n, 10n ** 20n + 7n]) {
      expect(parseMoney(exactAmount({ token: STAKE, amount }), STAKE)).toBe(amount);
    }
  });
});

test("percent of a wad is cut to one decimal", () => {
  expect(formatWadPercent(409_876_000_000_000_000n)).toBe("40.9 %");
  expect(formatWadPercent(ETHER, 0)).toBe("100 %");
});

test.each([
  [0, "0 seconds"],
  [1, "1 second"],
  [61, "1 minute 1 second"],
  [3_600, "1 hour"],
  [5_400, "1 hour 30 minutes"],
  [90_061, "1 day 1 hour"],
])("%i seconds", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("before and after", () => {
  expect([formatRelative(10, 5), formatRelative(5, 10), formatRelative(5, 5)]).toEqual([
    "in 5 seconds",
    "5 seconds ago",
    "now",
  ]);
});
