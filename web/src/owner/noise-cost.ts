/** What the noise of a draft guarantees to a data owner, for the owner of the model to see. */

import { epsilonOf, muOfRelease, roundRelease } from "../core/privacy";

/** The usual bound on the chance that the guarantee fails. */
export const DELTA = 1e-5;

/** Epsilon over all rounds for a data owner who trusts nobody; infinite without noise. */
export function epsilonOfNoise(nParameters: number, clipNorm: number, noise: number, rounds: number): number {
  return epsilonOf(muOfRelease(roundRelease(nParameters, clipNorm, noise)) * Math.sqrt(rounds), DELTA);
}

/** The guarantee in words. */
export function noiseInWords(epsilon: number): string {
  if (epsilon === Number.POSITIVE_INFINITY) return "No noise, no guarantee: only the encryption protects single rows.";
  const figure = epsilon.toPrecision(3);
  if (epsilon <= 1) return `ε = ${figure} over all rounds: strong protection of each data owner's whole file.`;
  if (epsilon <= 8) return `ε = ${figure} over all rounds: some protection of each data owner's whole file.`;
  return `ε = ${figure} over all rounds: too much to promise anything. Data owners who set a limit will not join.`;
}
