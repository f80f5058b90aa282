/** Integers in, integers out: what every process must agree on bit for bit is never a float (R17). */
import { InvalidInput } from "./errors";

export const MAX_FRACTION_BITS = 52;

/** A real x is held as the integer nearest to x * 2^fractionBits (ties to even), in 64 bits with sign. */
export class FixedPoint {
  /** Throws InvalidInput unless fractionBits is an integer from 0 to 52. */
  constructor(readonly fractionBits: number) {
    if (!Number.isInteger(fractionBits) || fractionBits < 0 || fractionBits > MAX_FRACTION_BITS) {
      throw new InvalidInput(`fraction bits are ${fractionBits}; expected 0 to ${MAX_FRACTION_BITS}`);
    }
  }

  /** Throws InvalidInput for NaN, infinity, or where |x| * 2^fractionBits reaches 2^63. */
  encode(values: Float64Array): BigInt64Array {
    const factor = 2 ** this.fractionBits; // a power of two: multiplying rounds nothing
    const integers = new BigInt64Array(values.length);
    values.forEach((value, index) => {
      const scaled = roundHalfEven(value * factor);
      if (!(Math.abs(scaled) < 2 ** 63)) {
        throw new InvalidInput(
          `value ${index} is ${value}: not finite, or too large for 64 bits with ${this.fractionBits} fraction bits; ` +
            "clip it or use fewer fraction bits",
        );
      }
      integers[index] = BigInt(scaled);
    });
    return integers;
  }

  /** Integers to reals; beyond 2^53 the nearest number. */
  decode(integers: BigInt64Array): Float64Array {
    const unit = 2 ** -this.fractionBits;
    return Float64Array.from(integers, (integer) => Number(integer) * unit);
  }
}

/** The integer nearest to x, ties to even (IEEE 754 roundToIntegralTiesToEven, as numpy's rint and Python's round). */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below; // exact: below is within one of x
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** The same bits read modulo 2^64 (two's complement). Shares memory. */
export function toRing(signed: BigInt64Array): BigUint64Array {
  return new BigUint64Array(signed.buffer, signed.byteOffset, signed.length);
}

/** Inverse of `toRing`: words from 2^63 upwards stand for negative numbers. Shares memory. */
export function fromRing(words: BigUint64Array): BigInt64Array {
  return new BigInt64Array(words.buffer, words.byteOffset, words.length);
}
