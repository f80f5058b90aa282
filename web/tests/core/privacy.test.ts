import { describe, expect, test } from "vitest";
import { affordableRounds, budgetLeft, type PrivacyBudget, spentEpsilon } from "../../src/core/budget";
import { InvalidInput } from "../../src/core/errors";
import { logNormalCdf, normalCdf } from "../../src/core/normal";
import { deltaOf, epsilonOf, muOf, muOfRelease, normChecks, roundRelease } from "../../src/core/privacy";
import { vectors } from "../vectors";

interface GoldenRelease {
  sensitivity: number;
  own_noise: number;
  projections: number;
  scores: number;
  pre_scores: number;
  sums: number;
  others_noise: number;
  mu: number;
}

interface PrivacyVectors {
  epsilon_of: { mu: number; delta: number; epsilon: number }[];
  mu_of: { epsilon: number; delta: number; mu: number }[];
  releases: GoldenRelease[];
  budget: PrivacyBudget & { left: number; spent_epsilon: number; affordable_rounds: number };
}

const VECTORS = vectors<{ privacy: PrivacyVectors }>("learning").privacy;

/** Far below the 1e-6 that matter: both sides round by 1e-9. */
function expectClose(given: number, expected: number): void {
  expect(Math.abs(given - expected)).toBeLessThanOrEqual(1e-8 * Math.max(1e-3, Math.abs(expected)));
}

describe("the accountant equals Python's", () => {
  test.each(VECTORS.epsilon_of)("epsilon of mu $mu at delta $delta", ({ mu, delta, epsilon }) => {
    expectClose(epsilonOf(mu, delta), epsilon);
  });

  test.each(VECTORS.mu_of)("mu of epsilon $epsilon at delta $delta", ({ epsilon, delta, mu }) => {
    expectClose(muOf(epsilon, delta), mu);
  });

  test.each(VECTORS.releases)("a round of mu $mu", (golden) => {
    const { sensitivity, own_noise: ownNoise, projections, scores, pre_scores: preScores, sums } = golden;
    const release = { sensitivity, ownNoise, projections, scores, preScores, sums, othersNoise: golden.others_noise };
    expectClose(muOfRelease(release), golden.mu);
  });

  test("a budget", () => {
    const { left, spent_epsilon, affordable_rounds, ...budget } = VECTORS.budget;
    expectClose(budgetLeft(budget), left);
    expectClose(spentEpsilon(budget), spent_epsilon);
    expect(affordableRounds(budget, roundRelease(48, 1, 8))).toBe(affordable_rounds);
  });
});

describe("what is infinite, nothing, or nonsense", () => {
  const silent = { sensitivity: 1, ownNoise: 0, projections: 0, scores: 0, preScores: 0, sums: 0, othersNoise: 0 };

  test("without noise there is no guarantee; without openings no loss", () => {
    expect(muOfRelease(roundRelease(3, 1, 0))).toBe(Infinity);
    expect(muOfRelease({ ...silent, sums: 1 })).toBe(Infinity);
    expect(muOfRelease(silent)).toBe(0);
    expect(epsilonOf(Infinity, 1e-5)).toBe(Infinity);
    expect([deltaOf(1, Infinity), deltaOf(1, 0)]).toEqual([1, 0]);
    const spent = { epsilon: 1, delta: 1e-5, spent: Infinity, reserved: {} };
    expect([budgetLeft(spent), spentEpsilon(spent), affordableRounds(spent, roundRelease(3, 1, 1))]).toEqual([
      0,
      Infinity,
      0,
    ]);
    expect(affordableRounds({ ...spent, spent: 0 }, silent)).toBe(Infinity);
  });

  test.each([
    () => epsilonOf(-1, 0.1),
    () => epsilonOf(1, 0),
    () => epsilonOf(1, 1),
    () => muOf(-1, 0.1),
    () => muOf(Infinity, 0.1),
    () => muOf(1, 0),
    () => muOfRelease({ ...silent, sensitivity: 0 }),
    () => muOfRelease({ ...silent, ownNoise: Number.NaN }),
    () => muOfRelease({ ...silent, scores: -1 }),
  ])("%s is refused", (nonsense) => {
    expect(nonsense).toThrow(InvalidInput);
  });

  test("norm checks: one per 16 parameters, at most 32", () => {
    expect([15, 16, 31, 10_000].map(normChecks)).toEqual([0, 1, 1, 32]);
  });
});

test("the normal distribution, against known digits", () => {
  const known: [number, number][] = [
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1, 0.15865525393145705],
    [-3, 0.0013498980316300946],
    [-3.6, 0.00015910859015753364],
    [-8, 6.220960574271784e-16],
    [-20, 2.753624118606233e-89],
  ];
  for (const [x, p] of known) {
    expect(Math.abs(normalCdf(x) / p - 1)).toBeLessThan(1e-12);
    expect(Math.abs(logNormalCdf(x) - Math.log(p))).toBeLessThan(1e-12 * Math.max(1, -Math.log(p)));
  }
  expect(logNormalCdf(-40)).toBeCloseTo(-804.6084420137538, 9);
});
