/** From a task file and the owner's validation file to the specification, as deltaml/client/owner.py makes it. */

import { InvalidInput } from "../core/errors";
import type { Shape } from "../core/models/shape";
import { decodeOpenSpec, encodeOpenSpec, type OpenSpec } from "../core/open-spec";
import type { Column, Target } from "../core/spec";
import type { Table } from "../core/table";
import { type Draft, type DraftSection, flagOf, numberOf, textOf, textsOf, wholeOf } from "./draft";
import { MICRO, micro, roundHalfEven } from "./rounding";
import { mean, spread } from "./statistics";

const NANO = 1_000_000_000;
const NO_DIGEST = new Uint8Array(32);

/** The specification of a draft; `validation` is still zero. Throws InvalidInput naming what is wrong. */
export function makeSpec(draft: Draft, table: Table, ownerRecipient: Uint8Array): OpenSpec {
  const columns = inputNames(draft);
  const classes = textsOf(draft, "data", "classes", []);
  const targetName = textOf(draft, "data", "target");
  const leastScale = numberOf(draft, "data", "least_scale", 0);
  const spec: OpenSpec = {
    kind: "open",
    name: textOf(draft, "model", "name"),
    purpose: textOf(draft, "data", "purpose"),
    family: textOf(draft, "model", "family"),
    shape: shapeOf(draft, columns.length, classes.length),
    l2Nano: Number(roundHalfEven(numberOf(draft, "model", "l2", 0) * NANO)),
    columns: columns.map((name) => standardised(table, name, leastScale)),
    target: targetOf(table, targetName, classes, leastScale),
    fractionBits: wholeOf(draft, "training", "fraction_bits", 24),
    gradientBits: wholeOf(draft, "training", "gradient_bits", 24),
    clipNormMicro: microOf(draft, "privacy", "clip_norm"),
    noiseMicro: microOf(draft, "privacy", "noise", 0),
    gradientNormMicro: microOf(draft, "privacy", "gradient_norm", 16),
    minUpdates: wholeOf(draft, "privacy", "min_updates", 3),
    maxWeightSum: wholeOf(draft, "market", "max_trainers") * wholeOf(draft, "market", "max_units", 1),
    turnSeconds: wholeOf(draft, "market", "turn_seconds", 30),
    ownerRecipient,
    epochs: wholeOf(draft, "training", "epochs"),
    batchSize: wholeOf(draft, "training", "batch_size", 0),
    learningRateMicro: microOf(draft, "training", "learning_rate"),
    momentumMicro: microOf(draft, "training", "momentum", 0),
    dropNegative: flagOf(draft, "training", "drop_negative", true),
    publicSteps: wholeOf(draft, "training", "public_steps", 5),
    progressRule: progressRuleOf(draft),
    baselineLossMicro: microOf(draft, "progress", "baseline_loss"),
    targetLossMicro: microOf(draft, "progress", "target_loss"),
    validation: NO_DIGEST,
    validationRows: table.nRows,
  };
  // What oracles will refuse is refused here, before any money moves.
  return decodeOpenSpec(encodeOpenSpec(spec));
}

/** A column with the mean and spread that the owner's own file shows; a constant one keeps its own unit. */
export function standardised(table: Table, name: string, leastScale: number): Column {
  const values = table.numbers(name);
  const seen = spread(values);
  const scale = seen * MICRO >= 1 ? seen : 1;
  return { name, centerMicro: micro(mean(values)), scaleMicro: micro(Math.max(scale, leastScale)) };
}

function inputNames(draft: Draft): readonly string[] {
  const names = textsOf(draft, "data", "columns");
  if (new Set(names).size !== names.length) {
    throw new InvalidInput(`[data] columns: expected distinct names, got ${names.join(", ")}`);
  }
  return names;
}

function targetOf(table: Table, name: string, classes: readonly string[], leastScale: number): Target {
  if (classes.length > 0) {
    return { name, kind: "classes", classes, centerMicro: 0n, scaleMicro: BigInt(MICRO) };
  }
  const { centerMicro, scaleMicro } = standardised(table, name, leastScale);
  return { name, kind: "number", classes, centerMicro, scaleMicro };
}

function shapeOf(draft: Draft, nFeatures: number, nOutputs: number): Shape {
  const family = textOf(draft, "model", "family");
  if (family === "mlp") return { nFeatures, nOutputs, nHidden: wholeOf(draft, "model", "hidden") };
  return family === "softmax" ? { nFeatures, nOutputs } : { nFeatures };
}

function progressRuleOf(draft: Draft): "linear" | "log" {
  const rule = textOf(draft, "progress", "rule", "log");
  if (rule !== "linear" && rule !== "log") {
    throw new InvalidInput(`[progress] rule: expected linear or log, got ${rule}`);
  }
  return rule;
}

const microOf = (draft: Draft, section: DraftSection, name: string, fallback?: number): number =>
  Number(micro(numberOf(draft, section, name, fallback)));
