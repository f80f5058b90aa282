/** Decimal numbers of people into integers with units, rounded as Python's `round` does: half to even. */

import { roundHalfEven as nearest } from "../core/fixed-point";

export const MICRO = 1_000_000;
const WEI_PER_MICRO = 10n ** 12n;

export const roundHalfEven = (value: number): bigint => BigInt(nearest(value));

export const micro = (value: number): bigint => roundHalfEven(value * MICRO);

/** Whole tokens (18 decimals) as wei, exact to a millionth. */
export const toWei = (tokens: number): bigint => micro(tokens) * WEI_PER_MICRO;
