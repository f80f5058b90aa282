/** Differential privacy of a trainer's updates, and a ledger of what rounds open; as deltaml/learning/privacy.py. */

import { largestWhere } from "./bisection";
import { InvalidInput } from "./errors";
import { logNormalCdf, normalCdf } from "./normal";

/**
 * What one round shows somebody about one trainer's update. `sensitivity` bounds how far the update moves when the data
 * change: with updates clipped to C, 2C for exchanging all of the trainer's data. `ownNoise` is the standard deviation
 * per coordinate that is in the update before it is sealed. Facts are numbers opened about this trainer alone: scores,
 * pre-scores and the projections of the norm check. Without any, the others' noise protects too.
 */
export interface Release {
  readonly sensitivity: number;
  readonly ownNoise: number;
  readonly projections: number;
  readonly scores: number;
  readonly preScores: number;
  readonly sums: number;
  readonly othersNoise: number;
}

/** The release of a round of an open-model task: a score, a pre-score, the norm checks, one sum; nobody is trusted. */
export function roundRelease(nParameters: number, clipNorm: number, ownNoise: number): Release {
  const projections = normChecks(nParameters);
  return { sensitivity: 2 * clipNorm, ownNoise, projections, scores: 1, preScores: 1, sums: 1, othersNoise: 0 };
}

/** Norm-check directions of a round: up to 32, and at most one per 16 parameters. */
export function normChecks(nParameters: number): number {
  return Math.min(32, Math.floor(nParameters / 16));
}

/** Numbers opened about this trainer alone. */
export function factsOf(release: Release): number {
  return release.scores + release.preScores + release.projections;
}

/** The least mu for which the round is mu-Gaussian-differentially private; infinite without noise. */
export function muOfRelease(release: Release): number {
  const { sensitivity, ownNoise, othersNoise } = release;
  const given = [release.projections, release.scores, release.preScores, release.sums];
  if (!(sensitivity > 0 && Number.isFinite(sensitivity) && isNoise(ownNoise) && isNoise(othersNoise))) {
    throw new InvalidInput("wanted a sensitivity above 0 and noises of at least 0, all finite");
  }
  if (given.some((count) => !Number.isInteger(count) || count < 0)) {
    throw new InvalidInput("nothing is opened a negative number of times");
  }
  if (factsOf(release)) return ownNoise ? sensitivity / ownNoise : Infinity;
  if (!release.sums) return 0;
  const hidden = Math.hypot(ownNoise, othersNoise);
  return hidden ? sensitivity / hidden : Infinity;
}

/** Smallest delta of what is mu-Gaussian-differentially private at this epsilon (Balle & Wang 2018, theorem 8). */
export function deltaOf(epsilon: number, mu: number): number {
  if (mu === 0) return 0;
  if (mu === Infinity) return 1;
  // e^epsilon times the second term in logarithms: e^epsilon alone overflows from epsilon = 710 on.
  const second = Math.exp(epsilon + logNormalCdf(-mu / 2 - epsilon / mu));
  return Math.max(0, normalCdf(mu / 2 - epsilon / mu) - second);
}

/** Smallest epsilon at this delta of what is mu-Gaussian-differentially private, rounded up by one part in 10^9. */
export function epsilonOf(mu: number, delta: number): number {
  if (!(mu >= 0)) throw new InvalidInput(`mu must be at least 0, got ${mu}`);
  if (!(delta > 0 && delta < 1)) throw new InvalidInput(`delta must lie between 0 and 1, got ${delta}`);
  if (mu === Infinity) return Infinity;
  if (deltaOf(0, mu) <= delta) return 0;
  return largestWhere((epsilon) => deltaOf(epsilon, mu) > delta) * (1 + 1e-9);
}

/** Largest mu whose Gaussian differential privacy implies (epsilon, delta), rounded down by one part in 10^9. */
export function muOf(epsilon: number, delta: number): number {
  if (!(epsilon >= 0 && epsilon < Infinity && delta > 0 && delta < 1)) {
    throw new InvalidInput(`wanted epsilon of at least 0 and delta between 0 and 1, got ${epsilon} and ${delta}`);
  }
  return largestWhere((mu) => deltaOf(epsilon, mu) < delta) * (1 - 1e-9);
}

function isNoise(value: number): boolean {
  return value >= 0 && Number.isFinite(value);
}
