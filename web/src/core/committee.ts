/** Who holds which seed: replicated secret sharing among n = 3t + 1 oracles (design §3). */
import { InvalidInput } from "./errors";

export const COMMITTEE_SIZES: readonly number[] = [4, 7, 10];

/** All sets of n - t members, in lexicographic order; seed number i belongs to set number i. Throws InvalidInput. */
export function holderSets(n: number): readonly (readonly number[])[] {
  if (!COMMITTEE_SIZES.includes(n)) throw new InvalidInput(`a committee of ${n}; expected 4, 7 or 10`);
  return combinations(0, n, n - (n - 1) / 3);
}

function combinations(first: number, end: number, size: number): number[][] {
  if (size === 0) return [[]];
  const sets: number[][] = [];
  for (let member = first; member <= end - size; member++) {
    for (const rest of combinations(member + 1, end, size - 1)) sets.push([member, ...rest]);
  }
  return sets;
}
