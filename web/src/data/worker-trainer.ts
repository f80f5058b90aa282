/** Training in a Web Worker, so that the page stays alive and a person can stop it at any moment. */
import { InvalidInput } from "../core/errors";
import type { Trainer, TrainingJob } from "./ports";
import type { Answer } from "./training-desk";

/** What of a Worker is used. */
export interface WorkerLike {
  postMessage(job: TrainingJob): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<Answer>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export function trainingWorker(): WorkerLike {
  return new Worker(new URL("./training.worker.ts", import.meta.url), { type: "module" });
}

/** One worker per job. */
export class WorkerTrainer implements Trainer {
  constructor(readonly start: () => WorkerLike = trainingWorker) {}

  train(job: TrainingJob, signal: AbortSignal, progress: (epochsDone: number) => void): Promise<Float64Array> {
    signal.throwIfAborted();
    const worker = this.start();
    return new Promise<Float64Array>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = (event) => reject(new InvalidInput(`training stopped: ${event.message}`));
      worker.onmessage = ({ data }) => {
        if (data.kind === "epoch") progress(data.done);
        else if (data.kind === "trained") resolve(data.update);
        else reject(new InvalidInput(data.message));
      };
      worker.postMessage(job);
    }).finally(() => worker.terminate());
  }
}
