/** The state that the owner posts with an open-model task; as deltaml/protocol/stepping.py. */
import { InvalidInput } from "./errors";
import { roundHalfEven } from "./fixed-point";
import type { State } from "./messages";
import { buildModel } from "./models/model";
import type { OpenSpec } from "./open-spec";
import { progressWad } from "./progress";
import { gradientFormat, MICRO, NANO, weightsFormat } from "./spec";
import { lengthOf } from "./training";
import { asReceived, type Validation } from "./validation";

const MEASURE_LIMIT = 2 ** 62;

/**
 * Round 0, nothing carried, the gradient at the initial weights: zeros, since the losses of the page's families are
 * convex. The committee recomputes it and takes it within 1e-5 of the gradient's norm (`check_initial`), so that the
 * last digits of another machine's sums don't matter. Throws Refused for a family that no page computes with.
 */
export function initialState(spec: OpenSpec, validation: Validation): State {
  if (validation.y.length !== spec.validationRows) {
    throw new InvalidInput(`the validation set has ${validation.y.length} rows; the task says ${spec.validationRows}`);
  }
  const model = buildModel(spec.family, spec.shape, spec.l2Nano / NANO);
  const { X, y } = asReceived(spec.target.kind, validation);
  const weights = new Float64Array(model.nParameters);
  const gradient = model.gradient(weights, X, y);
  const [norm, limit] = [lengthOf(gradient), spec.gradientNormMicro / MICRO];
  const lossMicro = micro(model.loss(weights, X, y));
  return {
    round: 0,
    weights: weightsFormat(spec).encode(weights),
    gradient: gradientFormat(spec).encode(norm <= limit ? gradient : gradient.map((value) => value * (limit / norm))),
    carried: [],
    progressWad: progressWad(spec, lossMicro),
    lossMicro,
    metricMicro: micro(model.metric(weights, X, y)),
  };
}

function micro(value: number): bigint {
  return BigInt(roundHalfEven(Math.min(Math.max(value * MICRO, -MEASURE_LIMIT), MEASURE_LIMIT)));
}
