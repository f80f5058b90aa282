/** Normal deviates from the browser's cryptographic random source. */
const BUFFERED = 2048;

/** Numbers in (0, 1], 53 bits of them drawn. */
export type Uniform = () => number;

/** Halfway between the multiples of 2^-53, so never 0, of which there is no logarithm. */
export function uniformFromCrypto(): Uniform {
  const words = new BigUint64Array(BUFFERED);
  let next = BUFFERED;
  return () => {
    if (next === BUFFERED) {
      crypto.getRandomValues(words);
      next = 0;
    }
    const bits = (words[next] ?? 0n) >> 11n;
    words[next] = 0n;
    next += 1;
    return (Number(bits) + 0.5) / 2 ** 53;
  };
}

/** `count` independent N(0, 1) by Box and Muller's transform (Annals of Mathematical Statistics 29, 1958). */
export function gaussians(count: number, uniform: Uniform): Float64Array {
  const drawn = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    drawn[i] = radius * Math.cos(angle);
    if (i + 1 < count) drawn[i + 1] = radius * Math.sin(angle);
  }
  return drawn;
}
