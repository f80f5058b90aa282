/** The largest x of at least 0 where a condition holds that holds from 0 up to some point and never after. */
export function largestWhere(holds: (x: number) => boolean): number {
  let high = 1;
  while (holds(high)) high *= 2;
  let low = 0;
  // Until the halves no longer differ: at most 1100 steps, 60 for ordinary numbers.
  for (let middle = high / 2; low < middle && middle < high; middle = low + (high - low) / 2) {
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
