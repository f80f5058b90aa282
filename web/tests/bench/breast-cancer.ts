/** A logistic task of the size of the breast cancer data, set up as the demonstration's. */
import type { OpenSpec } from "../../src/core/open-spec";
import { MICRO } from "../../src/core/spec";

export const ROWS = 100;
const FEATURES = 30;

export function breastCancerSpec(): OpenSpec {
  const unit = { centerMicro: 0n, scaleMicro: BigInt(MICRO) };
  return {
    kind: "open",
    name: "breast cancer",
    purpose: "bench",
    family: "logistic",
    shape: { nFeatures: FEATURES },
    l2Nano: 1_000_000,
    columns: Array.from({ length: FEATURES }, (_, index) => ({ name: `x${index}`, ...unit })),
    target: { name: "y", kind: "classes", classes: ["malignant", "benign"], ...unit },
    fractionBits: 24,
    gradientBits: 24,
    clipNormMicro: MICRO,
    noiseMicro: 10_000,
    gradientNormMicro: 16 * MICRO,
    minUpdates: 3,
    maxWeightSum: 8,
    turnSeconds: 30,
    ownerRecipient: new Uint8Array(32),
    epochs: 5,
    batchSize: 16,
    learningRateMicro: 100_000,
    momentumMicro: 0,
    dropNegative: false,
    publicSteps: 5,
    progressRule: "log",
    baselineLossMicro: 693_147,
    targetLossMicro: 100_000,
    validation: new Uint8Array(32),
    validationRows: ROWS,
  };
}
