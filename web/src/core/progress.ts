/** How far a task has come, as the number that releases money (R2); as deltaml/learning/progress.py. */
import { InvalidInput } from "./errors";
import type { OpenSpec } from "./open-spec";
import { MICRO } from "./spec";

const WAD = 1e18;
const QUANTUM_WAD = 10n ** 12n;

/** Progress in [0, 1]: 0 at the baseline loss or above, 1 at the target loss or below. Throws InvalidInput for NaN. */
export function progress(loss: number, baseline: number, target: number, rule: "linear" | "log"): number {
  if (Number.isNaN(loss)) throw new InvalidInput("the loss is NaN: the model or the validation data is broken");
  if (loss >= baseline) return 0;
  if (loss <= target) return 1;
  if (rule === "log") return Math.log(baseline / loss) / Math.log(baseline / target);
  return (baseline - loss) / (baseline - target);
}

/** What a state says of progress at this loss, in units of 10^-18, rounded down to a millionth. */
export function progressWad(spec: OpenSpec, lossMicro: bigint): bigint {
  const loss = Math.max(Number(lossMicro), 1) / MICRO;
  const [baseline, target] = [spec.baselineLossMicro / MICRO, spec.targetLossMicro / MICRO];
  const reached = BigInt(Math.trunc(progress(loss, baseline, target, spec.progressRule) * WAD));
  return (reached / QUANTUM_WAD) * QUANTUM_WAD;
}
