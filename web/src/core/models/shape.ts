/** Families of models and their shapes. */
import { InvalidInput, InvalidMessage } from "../errors";

/** Sizes; a family uses those it names. */
export interface Shape {
  readonly nFeatures?: number;
  readonly nOutputs?: number;
  readonly nHidden?: number;
}

/** Our names of sizes and those in a specification. */
export const SHAPE_KEYS: Readonly<Record<keyof Shape, string>> = {
  nFeatures: "n_features",
  nOutputs: "n_outputs",
  nHidden: "n_hidden",
};

export type Family = "linear" | "logistic" | "softmax" | "mlp";

const USED: Readonly<Record<Family, readonly (keyof Shape)[]>> = {
  linear: ["nFeatures"],
  logistic: ["nFeatures"],
  softmax: ["nFeatures", "nOutputs"],
  mlp: ["nFeatures", "nHidden", "nOutputs"],
};

export function isFamily(name: string): name is Family {
  return Object.hasOwn(USED, name);
}

/** Throws InvalidMessage for missing or extra sizes, or sizes below 1 (nOutputs: 2). */
export function parameterCount(family: Family, shape: Shape): number {
  const used = USED[family];
  const given = Object.keys(shape).sort();
  if (given.join() !== [...used].sort().join()) {
    throw new InvalidMessage(`spec.shape: a ${family} model wants ${used.join(", ")}, got ${given.join(", ")}`);
  }
  for (const key of used) {
    const least = key === "nOutputs" ? 2 : 1;
    const size = shape[key];
    if (size === undefined || !Number.isSafeInteger(size) || size < least) {
      throw new InvalidMessage(`spec.shape: ${SHAPE_KEYS[key]} must be a whole number of at least ${least}`);
    }
  }
  const { nFeatures, nOutputs, nHidden } = sizes(shape);
  if (family === "mlp") return (nFeatures + 1) * nHidden + (nHidden + 1) * nOutputs;
  return family === "softmax" ? (nFeatures + 1) * nOutputs : nFeatures + 1;
}

/** All sizes as numbers, 0 where the family has none. */
export function sizes(shape: Shape): Required<Shape> {
  return { nFeatures: 0, nOutputs: 0, nHidden: 0, ...shape };
}

export function requireLength(what: string, given: number, expected: number): void {
  if (given !== expected) throw new InvalidInput(`${what} have ${given} numbers; this model wants ${expected}`);
}
