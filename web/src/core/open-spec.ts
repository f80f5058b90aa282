/** The specification of an open-model task: trainers see the model and train it as they like. */
import { decodeBlock, encodeBlock, type Value } from "./blocks";
import { InvalidMessage } from "./errors";
import { checkRoundBounds } from "./round-bounds";
import { checkModel, commonMap, MAX_PARAMETERS, MICRO, normBound, readCommon, specFields, type TaskSpec } from "./spec";

/**
 * dropNegative: who points well uphill is left out of the sum. publicSteps: how many earlier steps the committee
 * moves along before it scores. validation: digest of the validation set, sealed to the committee.
 */
export interface OpenSpec extends TaskSpec {
  readonly kind: "open";
  readonly epochs: number;
  /** 0: all rows at once. */
  readonly batchSize: number;
  readonly learningRateMicro: number;
  readonly momentumMicro: number;
  readonly dropNegative: boolean;
  readonly publicSteps: number;
  readonly progressRule: "linear" | "log";
  readonly baselineLossMicro: number;
  readonly targetLossMicro: number;
  readonly validation: Uint8Array;
  readonly validationRows: number;
}

export const OPEN_SPEC_TYPE = "deltaml/spec/1";
const FAMILIES = ["linear", "logistic", "softmax", "mlp"];
const OWN_NAMES = [
  "epochs",
  "batch_size",
  "learning_rate_micro",
  "momentum_micro",
  "drop_negative",
  "public_steps",
  "progress_rule",
  "baseline_loss_micro",
  "target_loss_micro",
  "validation",
  "validation_rows",
];

/** Canonical bytes of the specification block; its digest goes on chain. */
export function encodeOpenSpec(spec: OpenSpec): Uint8Array {
  return encodeBlock({
    type: OPEN_SPEC_TYPE,
    ...commonMap(spec),
    epochs: spec.epochs,
    batch_size: spec.batchSize,
    learning_rate_micro: spec.learningRateMicro,
    momentum_micro: spec.momentumMicro,
    drop_negative: spec.dropNegative,
    public_steps: spec.publicSteps,
    progress_rule: spec.progressRule,
    baseline_loss_micro: spec.baselineLossMicro,
    target_loss_micro: spec.targetLossMicro,
    validation: spec.validation,
    validation_rows: spec.validationRows,
  });
}

/**
 * Throws InvalidMessage when a field is missing, of the wrong type or out of range, when the model can't be built, or
 * when the numbers do not fit 64-bit words.
 */
export function readOpenSpec(block: Value): OpenSpec {
  const given = specFields(block, OPEN_SPEC_TYPE, OWN_NAMES);
  const spec: OpenSpec = {
    kind: "open",
    ...readCommon(given, FAMILIES),
    epochs: given.integer("epochs", 1, 10_000),
    batchSize: given.integer("batch_size", 0, 10 ** 6),
    learningRateMicro: given.integer("learning_rate_micro", 1, 10 ** 9),
    momentumMicro: given.integer("momentum_micro", 0, MICRO - 1),
    dropNegative: given.flag("drop_negative"),
    publicSteps: given.integer("public_steps", 0, 16),
    progressRule: given.choice("progress_rule", ["linear", "log"]),
    baselineLossMicro: given.integer("baseline_loss_micro", 1, 10 ** 12),
    targetLossMicro: given.integer("target_loss_micro", 1, 10 ** 12),
    validation: given.octets("validation", 32),
    validationRows: given.integer("validation_rows", 1, 10 ** 6),
  };
  if (spec.targetLossMicro >= spec.baselineLossMicro) {
    throw new InvalidMessage("spec.target_loss_micro: must be below baseline_loss_micro");
  }
  const nParameters = checkModel(spec);
  if (nParameters > MAX_PARAMETERS) {
    throw new InvalidMessage(
      `spec.shape: the model has ${nParameters} parameters, at most ${MAX_PARAMETERS} are allowed`,
    );
  }
  checkRoundBounds({
    nParameters,
    clipNorm: normBound(spec),
    fractionBits: spec.fractionBits,
    gradientBits: spec.gradientBits,
    gradientNorm: spec.gradientNormMicro / MICRO,
    maxWeightSum: spec.maxWeightSum,
  });
  return spec;
}

/** The specification that those bytes will be to everybody else. Throws as `readOpenSpec`. */
export function decodeOpenSpec(data: Uint8Array): OpenSpec {
  return readOpenSpec(decodeBlock(data));
}
