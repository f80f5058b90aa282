/** What a data owner is willing to let be known about one data set, over all tasks; as deltaml/learning/budget.py. */
import { epsilonOf, muOf, muOfRelease, type Release } from "./privacy";

/**
 * At most (epsilon, delta) of differential privacy. Everything is kept as squared mu, which adds up exactly over tasks
 * and rounds (Dong, Roth & Su 2019). Immutable: a refusal changes nothing.
 */
export interface PrivacyBudget {
  readonly epsilon: number;
  readonly delta: number;
  /** Squared mu of what went out; infinite once something went out without noise. */
  readonly spent: number;
  /** Squared mu put aside for each task under way. */
  readonly reserved: Readonly<Record<string, number>>;
}

/** Squared mu that is neither spent nor reserved, at least 0. */
export function budgetLeft(budget: PrivacyBudget): number {
  const reserved = Object.values(budget.reserved).reduce((total, amount) => total + amount, 0);
  return Math.max(0, muOf(budget.epsilon, budget.delta) ** 2 - budget.spent - reserved);
}

/** Epsilon at the budget's delta of what went out. */
export function spentEpsilon(budget: PrivacyBudget): number {
  return epsilonOf(Math.sqrt(budget.spent), budget.delta);
}

/** How many rounds like this one are left; infinite if they show nothing, 0 if they go without noise. */
export function affordableRounds(budget: PrivacyBudget, release: Release): number {
  const cost = muOfRelease(release) ** 2;
  return cost === 0 ? Infinity : Math.floor(budgetLeft(budget) / cost);
}
