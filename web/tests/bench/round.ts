/**
 * CPU time of a browser trainer's round in the size of the breast cancer data (30 features, 100 rows, a committee of
 * four): model down, training, clip, noise, fixed point, masks, age, blocks. The numbers are drawn at random, since the
 * time does not depend on them. `npm run bench` writes build/bench/web.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { closeUpdate } from "../../src/core/blobs";
import { fetchSealed, publish, publishSealed } from "../../src/core/document";
import { Identity } from "../../src/core/envelope";
import { initialState } from "../../src/core/initial-state";
import { decodeState, type Header, stateDocument } from "../../src/core/messages";
import { buildModel } from "../../src/core/models/model";
import { gaussians, uniformFromCrypto } from "../../src/core/random";
import { MICRO, NANO, sizeOf, weightsFormat } from "../../src/core/spec";
import { MemoryStore } from "../../src/core/store";
import { addGaussianNoise, clipToNorm, trainLocally } from "../../src/core/training";
import { breastCancerSpec, ROWS } from "./breast-cancer";

const RUNS = 15;
const STAGES = ["model down", "training", "sealing", "update up"] as const;

type Stage = (typeof STAGES)[number];

export async function main(): Promise<void> {
  const spec = breastCancerSpec();
  const X = gaussians(ROWS * spec.columns.length, uniformFromCrypto());
  const y = gaussians(ROWS, uniformFromCrypto()).map((value) => (value > 0 ? 1 : 0));
  const [trainer, ...oracles] = await Promise.all([0, 1, 2, 3, 4].map(() => Identity.generate()));
  if (!trainer) throw new Error("no identity");
  const store = new MemoryStore();
  const state = await stateDocument({ ...initialState(spec, { X, y }), round: 1, carried: [0n, 0n, 0n, 0n] });
  const announced = await publishSealed(
    state,
    [...oracles, trainer].map((one) => one.recipient),
    store,
  );
  const header: Header = { chainId: 1, market: new Uint8Array(20), taskId: 1n, round: 1, sender: new Uint8Array(20) };
  const training = {
    epochs: spec.epochs,
    batchSize: spec.batchSize,
    learningRate: spec.learningRateMicro / MICRO,
    momentum: spec.momentumMicro / MICRO,
  };

  const spent: Record<Stage, number[]> = { "model down": [], training: [], sealing: [], "update up": [] };
  const timed = async <T>(stage: Stage, work: () => Promise<T> | T): Promise<T> => {
    const before = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(before);
    spent[stage].push((user + system) / 1000);
    return result;
  };
  for (let run = 0; run < RUNS; run++) {
    const opened = await timed("model down", async () =>
      decodeState(await fetchSealed(announced, trainer, store, 1 << 20), sizeOf(spec), 4),
    );
    const weights = weightsFormat(spec).decode(opened.weights);
    const update = await timed("training", () =>
      trainLocally(buildModel(spec.family, spec.shape, spec.l2Nano / NANO), weights, X, y, training),
    );
    const blob = await timed("sealing", () => {
      const clipped = clipToNorm(update, spec.clipNormMicro / MICRO);
      const noised = addGaussianNoise(clipped, spec.noiseMicro / MICRO);
      return closeUpdate(
        header,
        weightsFormat(spec).encode(noised),
        oracles.map((oracle) => oracle.recipient),
      );
    });
    await timed("update up", () => publish(blob, new MemoryStore()));
  }

  const total = Array.from({ length: RUNS }, (_, run) =>
    STAGES.reduce((sum, stage) => sum + (spent[stage][run] ?? 0), 0),
  );
  const report = {
    what: "a browser trainer's round: 30 features, 100 rows, 4 recipients",
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    first_round_cpu_ms: round(total[0] ?? 0),
    round_cpu_ms: round(median(total)),
    stages_cpu_ms: Object.fromEntries(STAGES.map((stage) => [stage, round(median(spent[stage]))])),
  };
  const folder = new URL("../../../build/bench/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("web.json", folder), `${JSON.stringify(report, null, 1)}\n`);
  process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
