/** Proof that nothing opened in a round wraps around 64 bits with sign; exact, as deltaml/sealing/fixed_point.py. */
import { InvalidMessage } from "./errors";

/**
 * nParameters: length d of an update. clipNorm: largest L2 norm of an update before rounding, in model units.
 * fractionBits: of updates. gradientBits, gradientNorm: fraction bits and largest L2 norm of the public vectors that
 * updates are multiplied with. maxWeightSum: largest sum of the stake weights of a round.
 */
export interface RoundSizes {
  readonly nParameters: number;
  readonly clipNorm: number;
  readonly fractionBits: number;
  readonly gradientBits: number;
  readonly gradientNorm: number;
  readonly maxWeightSum: number;
}

const WORD_MAX = (1n << 63n) - 1n;

/** Throws InvalidMessage naming the bound that is broken. */
export function checkRoundBounds(sizes: RoundSizes): void {
  const root = rootUp(BigInt(sizes.nParameters));
  const clip = scaled(sizes.clipNorm, sizes.fractionBits);
  // Rounding adds at most sqrt(d) / 2 to a norm; twice everything, so that a half stays whole.
  const updateNorm = halfUp({
    numerator: 2n * clip.numerator + root * clip.denominator,
    denominator: clip.denominator,
  });
  const gradient = scaled(sizes.gradientNorm, sizes.gradientBits);
  const gradientNorm = halfUp({
    numerator: 2n * gradient.numerator + root * gradient.denominator,
    denominator: gradient.denominator,
  });
  const bounds = {
    weighted_sum: BigInt(sizes.maxWeightSum) * (clip.numerator / clip.denominator + 1n),
    inner_product: updateNorm * gradientNorm,
    projection: updateNorm * root,
  };
  for (const [name, bound] of Object.entries(bounds)) {
    if (bound > WORD_MAX) {
      throw new InvalidMessage(
        `spec: ${name} may reach ${bound}, above 2**63 - 1; use fewer fraction bits, a smaller clip norm or smaller weights`,
      );
    }
  }
}

interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** x * 2^bits, exactly; x is finite and not negative. */
function scaled(x: number, bits: number): Ratio {
  let [fraction, exponent] = [x, bits];
  while (!Number.isInteger(fraction)) {
    fraction *= 2;
    exponent -= 1;
  }
  const numerator = BigInt(fraction);
  return exponent >= 0
    ? { numerator: numerator << BigInt(exponent), denominator: 1n }
    : { numerator, denominator: 1n << BigInt(-exponent) };
}

/** Half of a ratio, rounded up. */
function halfUp({ numerator, denominator }: Ratio): bigint {
  const whole = 2n * denominator;
  return (numerator + whole - 1n) / whole;
}

/** sqrt(n), rounded up, for n of at least 1. */
function rootUp(n: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(n))));
  while (root * root < n) root += 1n;
  while (root > 0n && (root - 1n) * (root - 1n) >= n) root -= 1n;
  return root;
}
