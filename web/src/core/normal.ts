/** The distribution function of the standard normal law, to about 13 digits also far out in its tails. */
const SERIES_END = 2.5;
const CONTINUED_FRACTION_TERMS = 120;

/** P(Z <= x). */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const tail = z < SERIES_END ? (1 - erf(z)) / 2 : Math.exp(-z * z) * scaledTail(z);
  return x < 0 ? tail : 1 - tail;
}

/** log P(Z <= x), where P itself may be too small for a number. */
export function logNormalCdf(x: number): number {
  const z = -x / Math.SQRT2;
  return z < SERIES_END ? Math.log(normalCdf(x)) : -z * z + Math.log(scaledTail(z));
}

/** Abramowitz & Stegun 7.1.6: all terms are positive, so nothing cancels. */
function erf(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; term > sum * Number.EPSILON; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

/** erfc(z) * exp(z^2) / 2 for large z: the continued fraction of Abramowitz & Stegun 7.1.14. */
function scaledTail(z: number): number {
  let below = z;
  for (let k = CONTINUED_FRACTION_TERMS; k > 0; k--) below = z + k / 2 / below;
  return 1 / (2 * Math.sqrt(Math.PI) * below);
}
