/** What the training worker says and hears. One worker serves one job; who wants to stop it ends the worker. */
import { messageOf } from "../core/errors";
import { buildModel } from "../core/models/model";
import { trainLocally } from "../core/training";
import type { TrainingJob } from "./ports";

export type Answer =
  | { readonly kind: "epoch"; readonly done: number }
  | { readonly kind: "trained"; readonly update: Float64Array<ArrayBuffer> }
  | { readonly kind: "failed"; readonly message: string };

const QUIET_MS = 100;

/** Trains one job and posts what becomes of it; epochs are told at most ten times a second. */
export function serve(job: TrainingJob, post: (answer: Answer) => void, now = () => performance.now()): void {
  let toldAt = now();
  const epochDone = (done: number) => {
    if (now() - toldAt < QUIET_MS) return;
    toldAt = now();
    post({ kind: "epoch", done });
  };
  try {
    const model = buildModel(job.family, job.shape, job.l2);
    const update = trainLocally(model, job.weights, job.X, job.y, job.training, undefined, epochDone);
    post({ kind: "trained", update: new Float64Array(update) });
  } catch (error) {
    post({ kind: "failed", message: messageOf(error) });
  }
}
