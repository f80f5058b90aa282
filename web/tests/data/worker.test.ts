import { expect, test } from "vitest";
import { InvalidInput } from "../../src/core/errors";
import type { TrainingJob } from "../../src/data/ports";
import { type Answer, serve } from "../../src/data/training-desk";
import { type WorkerLike, WorkerTrainer } from "../../src/data/worker-trainer";

const JOB: TrainingJob = {
  family: "linear",
  shape: { nFeatures: 1 },
  l2: 0,
  weights: new Float64Array(2),
  X: Float64Array.of(1, 2),
  y: Float64Array.of(1, 2),
  training: { epochs: 5, batchSize: 0, learningRate: 0.1, momentum: 0 },
};

/** A worker whose other side is in the test's hands. */
class Hands implements WorkerLike {
  onmessage: WorkerLike["onmessage"] = null;
  onerror: WorkerLike["onerror"] = null;
  terminated = 0;
  jobs: TrainingJob[] = [];

  postMessage(job: TrainingJob): void {
    this.jobs.push(structuredClone(job));
  }

  terminate(): void {
    this.terminated += 1;
  }

  say(answer: Answer): void {
    this.onmessage?.({ data: answer } as MessageEvent<Answer>);
  }
}

test("the desk tells of epochs, sparingly, and of the update", () => {
  let now = 0;
  const heard: Answer[] = [];
  serve(
    JOB,
    (answer) => heard.push(answer),
    () => (now += 40),
  );
  expect(heard.map((answer) => (answer.kind === "epoch" ? answer.done : answer.kind))).toEqual([3, "trained"]);
});

test("the desk says what is wrong with a job", () => {
  const heard: Answer[] = [];
  serve({ ...JOB, y: new Float64Array(1) }, (answer) => heard.push(answer));
  expect(heard).toMatchObject([{ kind: "failed", message: expect.stringContaining("at least one row") }]);
});

test("one worker serves one job, and is gone after it", async () => {
  const worker = new Hands();
  const epochs: number[] = [];
  const trained = new WorkerTrainer(() => worker).train(JOB, new AbortController().signal, (done) => epochs.push(done));
  expect(worker.jobs).toEqual([JOB]);
  worker.say({ kind: "epoch", done: 2 });
  worker.say({ kind: "trained", update: Float64Array.of(1, 2) });
  expect(await trained).toEqual(Float64Array.of(1, 2));
  expect([epochs, worker.terminated]).toEqual([[2], 1]);
});

test("aborting ends the worker at once", async () => {
  const worker = new Hands();
  const abort = new AbortController();
  const trained = new WorkerTrainer(() => worker).train(JOB, abort.signal, () => {});
  abort.abort(new Error("paused"));
  await expect(trained).rejects.toThrow("paused");
  expect(worker.terminated).toBe(1);
  expect(() => new WorkerTrainer(() => worker).train(JOB, abort.signal, () => {})).toThrow("paused");
});

test("failures inside come out", async () => {
  const worker = new Hands();
  const run = () => new WorkerTrainer(() => worker).train(JOB, new AbortController().signal, () => {});
  const refused = run();
  worker.say({ kind: "failed", message: "diverged" });
  await expect(refused).rejects.toThrow(InvalidInput);
  const crashed = run();
  worker.onerror?.({ message: "out of memory" } as ErrorEvent);
  await expect(crashed).rejects.toThrow("out of memory");
});
