import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/core/bytes";
import { blocksOf } from "../../src/core/document";
import { DeltaMLError, InvalidInput, Refused } from "../../src/core/errors";
import { FixedPoint } from "../../src/core/fixed-point";
import { initialState } from "../../src/core/initial-state";
import { buildModel } from "../../src/core/models/model";
import { decodeOpenSpec } from "../../src/core/open-spec";
import { features, Table, targets } from "../../src/core/table";
import { addGaussianNoise, clipToNorm, lengthOf, trainLocally } from "../../src/core/training";
import { validationDocument } from "../../src/core/validation";
import { type GoldenDocument, vectors } from "../vectors";

interface Trained {
  epochs: number;
  learning_rate: number;
  momentum: number;
  update: number[];
  clip_norm: number;
  fixed_point: string[];
}

interface ModelCase {
  family: string;
  l2: number;
  weights: number[];
  loss: number;
  gradient: number[];
  predictions: number[];
  metric: number;
  trained?: Trained[];
}

interface Start {
  spec: string;
  csv: string;
  validation: GoldenDocument;
  state: { gradient: string[]; progress_wad: string; loss_micro: string; metric_micro: string };
}

interface LearningVectors {
  rows: Record<string, { X: number[]; y: number[] }>;
  models: ModelCase[];
  starts: Start[];
}

const VECTORS = vectors<LearningVectors>("learning");

function setUp(golden: ModelCase) {
  const rows = VECTORS.rows[golden.family];
  const model = buildModel(
    golden.family,
    golden.family === "softmax" ? { nFeatures: 5, nOutputs: 3 } : { nFeatures: 5 },
    golden.l2,
  );
  const [X, y] = [Float64Array.from(rows?.X ?? []), Float64Array.from(rows?.y ?? [])];
  return { model, weights: Float64Array.from(golden.weights), X, y };
}

function expectClose(given: ArrayLike<number>, expected: readonly number[]): void {
  expect(given.length).toBe(expected.length);
  expected.forEach((value, index) => {
    expect(Math.abs((given[index] ?? Number.NaN) - value)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
  });
}

describe.each(VECTORS.models.map((golden, index) => [`${golden.family} ${index % 3}`, golden] as const))(
  "%s equals Python's",
  (_, golden) => {
    const { model, weights, X, y } = setUp(golden);

    test("loss, gradient, predictions, metric", () => {
      expectClose([model.loss(weights, X, y)], [golden.loss]);
      expectClose(model.gradient(weights, X, y), golden.gradient);
      expectClose(model.predict(weights, X), golden.predictions);
      expectClose([model.metric(weights, X, y)], [golden.metric]);
    });

    test("full-batch training, to the last bit after rounding", () => {
      for (const trained of golden.trained ?? []) {
        const { epochs, learning_rate: learningRate, momentum } = trained;
        const update = trainLocally(model, weights, X, y, { epochs, batchSize: 0, learningRate, momentum });
        expectClose(update, trained.update);
        const rounded = new FixedPoint(24).encode(clipToNorm(update, trained.clip_norm));
        expect([...rounded].map(String)).toEqual(trained.fixed_point);
      }
    });
  },
);

describe("local training", () => {
  const model = buildModel("logistic", { nFeatures: 1 }, 0);
  const settings = { epochs: 1, batchSize: 2, learningRate: 1, momentum: 0.5 };
  const rows = { X: Float64Array.of(1, -1, 2), y: Float64Array.of(1, 0, 1) };

  test("walks through the batches in the order given", () => {
    const w = new Float64Array(2);
    const reversed = () => Uint32Array.of(2, 1, 0);
    const update = trainLocally(model, w, rows.X, rows.y, settings, reversed);
    const first = model.gradient(w, Float64Array.of(2, -1), Float64Array.of(1, 0)).map((g) => -g);
    const second = model.gradient(first, Float64Array.of(1), Float64Array.of(1));
    expectClose(update, [...first.map((v, i) => v + (0.5 * v - (second[i] ?? 0)))]);
  });

  test("shuffles every epoch by itself", () => {
    const X = Float64Array.from({ length: 50 }, (_, i) => i / 50);
    const y = X.map((x) => (x > 0.5 ? 1 : 0));
    const run = () => trainLocally(model, new Float64Array(2), X, y, { ...settings, epochs: 3 });
    expect(run()).not.toEqual(run());
  });

  test("tells of every epoch, and stops with what the listener throws", () => {
    const epochs: number[] = [];
    const listen = (done: number) => {
      epochs.push(done);
      if (done === 2) throw new Error("enough");
    };
    const run = () =>
      trainLocally(model, new Float64Array(2), rows.X, rows.y, { ...settings, epochs: 9 }, undefined, listen);
    expect(run).toThrow("enough");
    expect(epochs).toEqual([1, 2]);
  });

  test.each<[string, Partial<typeof settings>, Float64Array]>([
    ["no rows", {}, new Float64Array()],
    ["a number that is none", {}, Float64Array.of(1, Number.NaN, 2)],
    ["no epochs", { epochs: 0 }, rows.X],
    ["half a batch", { batchSize: 0.5 }, rows.X],
    ["a learning rate of 0", { learningRate: 0 }, rows.X],
    ["momentum 1", { momentum: 1 }, rows.X],
    ["divergence", { learningRate: 1e308, epochs: 50 }, Float64Array.of(1e300, -1e300, 1e300)],
  ])("refuses %s", (_, changes, X) => {
    const y = X.length ? rows.y : new Float64Array();
    expect(() => trainLocally(model, new Float64Array(2), X, y, { ...settings, ...changes })).toThrow(InvalidInput);
  });

  test("labels that the model doesn't know, weights and shapes that don't fit", () => {
    expect(() => model.loss(new Float64Array(2), rows.X, Float64Array.of(0, 1, 2))).toThrow("the label 2");
    expect(() => model.loss(new Float64Array(3), rows.X, rows.y)).toThrow(InvalidInput);
    expect(() => model.loss(new Float64Array(2), rows.X, Float64Array.of(0))).toThrow(InvalidInput);
    expect(() => buildModel("mlp", { nFeatures: 1, nHidden: 1, nOutputs: 2 }, 0)).toThrow(Refused);
    expect(() => buildModel("softmax", { nFeatures: 1 }, 0)).toThrow(DeltaMLError);
  });
});

describe("clip and noise", () => {
  test("clipping keeps short updates and shortens long ones", () => {
    const update = Float64Array.of(3, 4);
    expect(clipToNorm(update, 5)).toEqual(update);
    expectClose(clipToNorm(update, 1), [0.6, 0.8]);
    for (const norm of [0, -1, Number.NaN, Infinity]) expect(() => clipToNorm(update, norm)).toThrow(InvalidInput);
  });

  test("noise has the moments and tails of a normal law", () => {
    const count = 200_000;
    const noise = addGaussianNoise(new Float64Array(count), 2).map((value) => value / 2);
    const moment = (k: number) => noise.reduce((total, value) => total + value ** k, 0) / count;
    // Five standard deviations of each estimate: a false alarm once in a million runs.
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
    const beyond = noise.filter((value) => Math.abs(value) > 3).length / count;
    expect(Math.abs(beyond - 0.0026998)).toBeLessThan(5 * Math.sqrt(0.0027 / count));
  });

  test("pairs of uniforms become pairs of normals", () => {
    const uniforms = [Math.exp(-0.5), 0, Math.exp(-2), 0.25];
    const noise = addGaussianNoise(new Float64Array(3), 1, () => uniforms.shift() ?? 0.5);
    expectClose(noise, [1, 0, 0]);
    expect(lengthOf(Float64Array.of(3, 4))).toBe(5);
    expect(() => addGaussianNoise(new Float64Array(1), -1)).toThrow(InvalidInput);
  });
});

describe.each(VECTORS.starts.map((start) => [decodeOpenSpec(fromHex(start.spec)).family, start] as const))(
  "a %s task is started as Python starts it",
  (_, start) => {
    const spec = decodeOpenSpec(fromHex(start.spec));

    async function validation() {
      const table = await Table.fromCsv(start.csv);
      return { X: features(spec, table), y: targets(spec.target, table) };
    }

    test("validation document", async () => {
      const document = await validationDocument(spec.target.kind, await validation());
      const [top, ...chunks] = blocksOf(document).map((block) => toHex(block).slice(2));
      expect(top).toBe(start.validation.bytes);
      expect(chunks.sort()).toEqual(start.validation.chunks);
    });

    test("initial state", async () => {
      const state = initialState(spec, await validation());
      expect([...state.gradient].map(String)).toEqual(start.state.gradient);
      expect(String(state.progressWad)).toBe(start.state.progress_wad);
      expect(String(state.lossMicro)).toBe(start.state.loss_micro);
      expect(String(state.metricMicro)).toBe(start.state.metric_micro);
      expect([state.round, state.carried, state.weights.every((weight) => weight === 0n)]).toEqual([0, [], true]);
    });
  },
);
