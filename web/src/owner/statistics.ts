/**
 * Mean and spread of a column, in numpy's order of additions: the specification rounds them to a millionth, and a sum
 * taken in another order may round the other way.
 */

const BLOCK = 128;
const LANES = 8;

/** numpy's pairwise summation (`DOUBLE_pairwise_sum`). */
function pairwiseSum(values: Float64Array, first = 0, count = values.length): number {
  const at = (index: number): number => values[first + index] ?? 0;
  if (count < LANES) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += at(i);
    return sum;
  }
  if (count <= BLOCK) {
    const lanes = new Float64Array(LANES);
    const whole = count - (count % LANES);
    for (let i = 0; i < whole; i++) lanes[i % LANES] = (lanes[i % LANES] ?? 0) + at(i);
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = lanes;
    let sum = a + b + (c + d) + (e + f + (g + h));
    for (let i = whole; i < count; i++) sum += at(i);
    return sum;
  }
  const half = (count >> 1) - ((count >> 1) % LANES);
  return pairwiseSum(values, first, half) + pairwiseSum(values, first + half, count - half);
}

export const mean = (values: Float64Array): number => pairwiseSum(values) / values.length;

/** Standard deviation of the values themselves (divided by their number). */
export function spread(values: Float64Array): number {
  const center = mean(values);
  return Math.sqrt(pairwiseSum(values.map((value) => (value - center) * (value - center))) / values.length);
}
