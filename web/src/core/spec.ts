/** What every kind of task says of itself: integers whose unit is in their name (R17), in one public block. */
import type { Value, ValueMap } from "./blocks";
import { InvalidMessage } from "./errors";
import { Fields } from "./fields";
import { FixedPoint } from "./fixed-point";
import { isFamily, parameterCount, SHAPE_KEYS, type Shape } from "./models/shape";

export const MICRO = 1_000_000;
export const NANO = 1_000_000_000;
export const MAX_COLUMNS = 100_000;
/** A vector of that many words is 128 MiB; oracles hold one per trainer. */
export const MAX_PARAMETERS = 1 << 24;
export const MAX_SPEC_BYTES = 1 << 20;
const FAR = 10n ** 18n;

/** One input column of a data owner's table: the model sees (value - center) / scale. */
export interface Column {
  readonly name: string;
  readonly centerMicro: bigint;
  readonly scaleMicro: bigint;
}

/** The column to predict: a number, standardised like an input, or one of `classes` by its text. */
export interface Target {
  readonly name: string;
  readonly kind: "number" | "classes";
  readonly classes: readonly string[];
  readonly centerMicro: bigint;
  readonly scaleMicro: bigint;
}

/**
 * fractionBits: fixed point of weights and updates; gradientBits: of gradients. clipNormMicro: C, the longest update
 * (L2 norm) before noise of standard deviation noiseMicro per weight. gradientNormMicro: longer gradients are shortened
 * to this before scores are computed. minUpdates: with fewer acceptable updates no sum is opened. maxWeightSum: most
 * stake units of a round. turnSeconds: how long the committee waits for the member whose turn it is. ownerRecipient:
 * the owner's X25519 public key.
 */
export interface TaskSpec {
  readonly name: string;
  readonly purpose: string;
  readonly family: string;
  readonly shape: Shape;
  readonly l2Nano: number;
  readonly columns: readonly Column[];
  readonly target: Target;
  readonly fractionBits: number;
  readonly gradientBits: number;
  readonly clipNormMicro: number;
  readonly noiseMicro: number;
  readonly gradientNormMicro: number;
  readonly minUpdates: number;
  readonly maxWeightSum: number;
  readonly turnSeconds: number;
  readonly ownerRecipient: Uint8Array;
}

const COMMON_NAMES = [
  "name",
  "purpose",
  "family",
  "shape",
  "l2_nano",
  "columns",
  "target",
  "fraction_bits",
  "gradient_bits",
  "clip_norm_micro",
  "noise_micro",
  "gradient_norm_micro",
  "min_updates",
  "max_weight_sum",
  "turn_seconds",
  "owner_recipient",
];

/** The fields of a specification block of that type. Throws InvalidMessage. */
export function specFields(block: Value, type: string, ownNames: readonly string[]): Fields {
  const given = Fields.of("spec", block, ["type", ...COMMON_NAMES, ...ownNames]);
  given.choice("type", [type]);
  return given;
}

export function readCommon(given: Fields, families: readonly string[]): TaskSpec {
  return {
    name: given.text("name"),
    purpose: given.text("purpose"),
    family: given.choice("family", families),
    shape: readShape(given.get("shape")),
    l2Nano: given.integer("l2_nano", 0, 10 ** 12),
    columns: given.sequence("columns", 1, MAX_COLUMNS).map(readColumn),
    target: readTarget(given.get("target")),
    fractionBits: given.integer("fraction_bits", 8, 32),
    gradientBits: given.integer("gradient_bits", 8, 32),
    clipNormMicro: given.integer("clip_norm_micro", 1, 10 ** 12),
    noiseMicro: given.integer("noise_micro", 0, 10 ** 12),
    gradientNormMicro: given.integer("gradient_norm_micro", 1, 10 ** 12),
    minUpdates: given.integer("min_updates", 3, 1024),
    maxWeightSum: given.integer("max_weight_sum", 1, 1024 * 65535),
    turnSeconds: given.integer("turn_seconds", 1, 86_400),
    ownerRecipient: given.octets("owner_recipient", 32),
  };
}

export function commonMap(spec: TaskSpec): ValueMap {
  return {
    name: spec.name,
    purpose: spec.purpose,
    family: spec.family,
    shape: shapeMap(spec.shape),
    l2_nano: spec.l2Nano,
    columns: spec.columns.map((column) => ({ name: column.name, ...standardisingMap(column) })),
    target: {
      name: spec.target.name,
      kind: spec.target.kind,
      classes: spec.target.classes,
      ...standardisingMap(spec.target),
    },
    fraction_bits: spec.fractionBits,
    gradient_bits: spec.gradientBits,
    clip_norm_micro: spec.clipNormMicro,
    noise_micro: spec.noiseMicro,
    gradient_norm_micro: spec.gradientNormMicro,
    min_updates: spec.minUpdates,
    max_weight_sum: spec.maxWeightSum,
    turn_seconds: spec.turnSeconds,
    owner_recipient: spec.ownerRecipient,
  };
}

/** The model's number of parameters. Throws InvalidMessage unless family, shape and target fit. */
export function checkModel(spec: TaskSpec): number {
  const { family, shape, target } = spec;
  const outputs = target.classes.length;
  if (shape.nFeatures !== spec.columns.length) {
    throw new InvalidMessage(`spec.shape: n_features must be the number of columns, ${spec.columns.length}`);
  }
  if (family === "linear" && target.kind !== "number") {
    throw new InvalidMessage("spec.target: a linear model predicts a number");
  }
  if (family === "logistic" && outputs !== 2) {
    throw new InvalidMessage("spec.target: a logistic model needs exactly two classes");
  }
  if ((family === "softmax" || family === "mlp") && shape.nOutputs !== outputs) {
    throw new InvalidMessage(`spec.shape: n_outputs must be the number of classes, ${outputs}`);
  }
  return sizeOf(spec);
}

/** Length d of the weight vector. Throws InvalidMessage for a family that is not known. */
export function sizeOf(spec: TaskSpec): number {
  if (!isFamily(spec.family)) throw new InvalidMessage(`spec.family: ${spec.family} is not known`);
  return parameterCount(spec.family, spec.shape);
}

export function weightsFormat(spec: TaskSpec): FixedPoint {
  return new FixedPoint(spec.fractionBits);
}

export function gradientFormat(spec: TaskSpec): FixedPoint {
  return new FixedPoint(spec.gradientBits);
}

/**
 * What an honest update's L2 norm stays under, noise included: the norm of d Gaussians exceeds sigma * (sqrt(d) + 4)
 * with probability below 4e-4.
 */
export function normBound(spec: TaskSpec): number {
  const room = spec.noiseMicro ? Math.sqrt(sizeOf(spec)) + 4 : 0;
  return spec.clipNormMicro / MICRO + (spec.noiseMicro / MICRO) * room;
}

function readColumn(value: Value): Column {
  const given = Fields.of("column", value, ["name", "center_micro", "scale_micro"]);
  return { name: given.text("name"), ...readStandardising(given) };
}

function readTarget(value: Value): Target {
  const given = Fields.of("target", value, ["name", "kind", "classes", "center_micro", "scale_micro"]);
  const kind = given.choice("kind", ["number", "classes"]);
  const listed = given.sequence("classes", 0, 10_000);
  const classes = listed.filter((label): label is string => typeof label === "string");
  if (new Set(classes).size !== listed.length) throw given.fail("classes", "distinct texts");
  if ((kind === "classes") !== classes.length >= 2) {
    throw given.fail("classes", "at least two labels for a target of classes, none for a number");
  }
  return { name: given.text("name"), kind, classes, ...readStandardising(given) };
}

function readStandardising(given: Fields): { centerMicro: bigint; scaleMicro: bigint } {
  return { centerMicro: given.wide("center_micro", -FAR, FAR), scaleMicro: given.wide("scale_micro", 1n, FAR) };
}

function standardisingMap(column: { centerMicro: bigint; scaleMicro: bigint }): ValueMap {
  return { center_micro: column.centerMicro, scale_micro: column.scaleMicro };
}

function readShape(value: Value): Shape {
  const given = Fields.some("spec.shape", value, Object.values(SHAPE_KEYS));
  const read = (name: string) => (given.values.has(name) ? given.integer(name, 1, 10 ** 6) : undefined);
  const [nFeatures, nOutputs, nHidden] = [read("n_features"), read("n_outputs"), read("n_hidden")];
  return {
    ...(nFeatures === undefined ? {} : { nFeatures }),
    ...(nOutputs === undefined ? {} : { nOutputs }),
    ...(nHidden === undefined ? {} : { nHidden }),
  };
}

function shapeMap(shape: Shape): ValueMap {
  const entries = Object.entries(SHAPE_KEYS).map(([key, name]) => [name, shape[key as keyof Shape]]);
  return Object.fromEntries(entries.filter(([, size]) => size !== undefined));
}
