import "fake-indexeddb/auto";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fromHex, type Hex, toHex } from "../../src/core/bytes";
import { publish, publishSealed } from "../../src/core/document";
import { Identity } from "../../src/core/envelope";
import { Refused, Unavailable } from "../../src/core/errors";
import { initialState } from "../../src/core/initial-state";
import { decodeUpdate, type State, stateDocument } from "../../src/core/messages";
import { encodeOpenSpec } from "../../src/core/open-spec";
import { roundRelease } from "../../src/core/privacy";
import { MemoryStore } from "../../src/core/store";
import { Table } from "../../src/core/table";
import { clipToNorm } from "../../src/core/training";
import { consentTypedData, type SignedConsent } from "../../src/data/consent";
import { keepConsent, withdrawConsent } from "../../src/data/consent-keeping";
import { taskKey } from "../../src/data/decide";
import { Device } from "../../src/data/device";
import { epsilonSpent, withReservation } from "../../src/data/ledger";
import type { AccountFacts, TaskSnapshot, Trainer, TrainerCall, TrainingJob } from "../../src/data/ports";
import { type Progress, TrainerRunner, type World } from "../../src/data/runner";
import { serve } from "../../src/data/training-desk";
import { CONSENT, FACTS, JOINING, POLICY, ROUND, SPEC, TERMS, TRAINING } from "./scene";

// Signatures and key exchanges by the dozen take their time where many things run at once.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const CSV = "age,dose,ill\n30,0.5,yes\n20,0.1,no\n70,0.9,yes\n25,0.2,no\n";
const SPEC_HERE = { ...SPEC, noiseMicro: 2_000_000, validationRows: 4 };

/** Trains on the spot; aborting in between is the worker's affair. */
class TrainsHere implements Trainer {
  jobs: TrainingJob[] = [];

  train(job: TrainingJob, signal: AbortSignal, progress: (epochs: number) => void): Promise<Float64Array> {
    this.jobs.push(job);
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      serve(job, (answer) => {
        if (answer.kind === "epoch") progress(answer.done);
        else if (answer.kind === "trained") resolve(answer.update);
        else reject(new Error(answer.message));
      });
    });
  }
}

let names = 0;
let person: PrivateKeyAccount;
let device: Device;
let store: MemoryStore;
let trainer: TrainsHere;
let sent: TrainerCall[];
let told: Progress[];
let snapshot: TaskSnapshot;
let facts: AccountFacts;
let fail: (call: TrainerCall) => void;
let oracles: Identity[];
let signed: SignedConsent;

function world(): World {
  const writer = {
    send: async (call: TrainerCall) => {
      fail(call);
      sent.push(call);
    },
  };
  return { reader: { task: async () => snapshot, account: async () => facts }, writer, store, device, trainer };
}

/** A fresh runner each time: nothing may live in it. */
function tick(signal = new AbortController().signal) {
  return new TrainerRunner(world(), 7n, person.address).tick(signal, (progress) => told.push(progress));
}

beforeEach(async () => {
  [sent, told, trainer, facts] = [[], [], new TrainsHere(), FACTS];
  fail = () => {};
  person = privateKeyToAccount(generatePrivateKey());
  device = await Device.open(`test ${++names}`);
  store = new MemoryStore();
  oracles = await Promise.all([0, 1, 2, 3].map(() => Identity.generate()));
  const table = await Table.fromCsv(CSV);
  const validation = {
    X: Float64Array.from([...table.numbers("age")].flatMap((age, i) => [age, table.numbers("dose")[i] ?? 0])),
    y: table.labels("ill", SPEC.target.classes),
  };
  const state = await stateDocument(initialState(SPEC_HERE, validation));
  await publish(state, store);
  const terms = {
    ...TERMS,
    specDigest: toHex(await store.put(encodeOpenSpec(SPEC_HERE))),
    modelDigest: toHex(state.digest),
  };
  snapshot = { ...JOINING, terms, committee: oracles.map((oracle) => toHex(oracle.recipient)) };

  const data = await device.addDataSet("people.csv", new Blob([CSV]));
  await device.setPolicy(data.digest, { ...POLICY, privacy: { epsilon: 20, delta: 1e-5 } });
  const consent = { ...CONSENT, account: person.address, dataSet: data.digest };
  signed = {
    consent,
    signature: await person.signTypedData(consentTypedData(consent)),
    signedAt: 1n,
    withdrawnAt: 0n,
  };
  await keepConsent(device, taskKey(snapshot), signed);
});

async function started(): Promise<void> {
  const recipient = toHex((await device.identity()).recipient);
  const { terms, committee } = snapshot;
  snapshot = { ...TRAINING, terms, committee, trainers: [{ account: person.address, units: 1, recipient }] };
}

function submitted(digest: Hex): void {
  snapshot = { ...snapshot, submissions: [{ round: snapshot.round, index: 0, digest }] };
}

describe("joining", () => {
  test("allows, deposits, joins with this device's key, and puts the budget aside", async () => {
    expect((await tick()).kind).toBe("join");
    const recipient = toHex((await device.identity()).recipient);
    expect(sent).toEqual([
      { name: "approveStake", amount: 100n },
      { name: "deposit", amount: 100n },
      { name: "join", taskId: 7n, units: 1, recipient },
    ]);
    const ledger = await device.ledger(signed.consent.dataSet);
    expect(ledger.reserved[taskKey(snapshot)]).toBeCloseTo(3, 12);
  });

  test("puts nothing aside when the person says no", async () => {
    fail = () => {
      throw new Refused("you said no");
    };
    await expect(tick()).rejects.toThrow("you said no");
    expect((await device.ledger(signed.consent.dataSet)).reserved).toEqual({});
  });

  test("leaves the budget to another task that was quicker", async () => {
    const held = device.table.bind(device);
    device.table = async (digest) => {
      const quicker = { ...roundRelease(3, 1, 2), ownNoise: 1 };
      await device.changeLedger(digest, (ledger) => withReservation(ledger, "quicker", quicker, 9));
      return held(digest);
    };
    await expect(tick()).rejects.toThrow("would show more of your data");
    expect(sent).toEqual([]);
  });

  test("finds a cell that does not fit before any money moves", async () => {
    const data = await device.addDataSet("odd.csv", new Blob(["age,dose,ill\n1,2,maybe\n"]));
    await device.setPolicy(data.digest, POLICY);
    const consent = { ...signed.consent, dataSet: data.digest };
    const signature = await person.signTypedData(consentTypedData(consent));
    await keepConsent(device, taskKey(snapshot), { ...signed, consent, signature });
    await expect(tick()).rejects.toThrow('"maybe" is not one of no, yes');
    expect(sent).toEqual([]);
  });

  test("finds a committee that can't be sealed to", async () => {
    snapshot = { ...snapshot, committee: [`0x${"00".repeat(32)}`] };
    await expect(tick()).rejects.toThrow("can't seal");
    expect(sent).toEqual([]);
  });
});

describe("a round", () => {
  test("is trained, kept, then sent; in three stages", async () => {
    await started();
    expect((await tick()).kind).toBe("train");
    expect(sent).toEqual([]);
    const blob = await device.blob(taskKey(snapshot), person.address);
    expect((await tick()).kind).toBe("submit");
    expect(sent).toEqual([{ name: "submitUpdate", taskId: 7n, round: 0, digest: blob?.digest }]);
    expect(told.map(({ stage, done }) => `${stage} ${done}`)).toEqual([
      "model-down 0",
      "model-down 1",
      "training 0",
      "training 1",
      "update-up 0",
      "update-up 0.5",
      "update-up 1",
    ]);
    submitted(blob?.digest ?? "0x");
    expect(await tick()).toMatchObject({ kind: "wait", reason: "submitted" });
    expect(trainer.jobs).toHaveLength(1);

    const header = {
      chainId: 31337,
      market: fromHex(snapshot.market),
      taskId: 7n,
      round: 0,
      sender: fromHex(person.address),
    };
    const document = { digest: fromHex(blob?.digest ?? ""), blocks: store };
    const update = await decodeUpdate(document, header, 4);
    for (const [set, holders] of [
      [0, 1, 2],
      [0, 1, 3],
      [0, 2, 3],
      [1, 2, 3],
    ].entries()) {
      for (const seat of holders) await oracles[seat]?.unseal(update.sealedSeeds[set] ?? new Uint8Array(), 1024);
    }
    const ledger = await device.ledger(signed.consent.dataSet);
    expect(ledger.entries).toMatchObject([{ round: 0, squaredMu: 1, facts: 2 }]);
    expect(epsilonSpent(ledger, 1e-5)).toBeGreaterThan(4);
  });

  test("survives a failed upload and a new page without training or counting again", async () => {
    await started();
    await tick();
    fail = () => {
      throw new Unavailable("the node is gone");
    };
    await expect(tick()).rejects.toThrow("the node is gone");
    fail = () => {};
    device.close();
    device = await Device.open(`test ${names}`);
    expect((await tick()).kind).toBe("submit");
    expect(trainer.jobs).toHaveLength(1);
    expect((await device.ledger(signed.consent.dataSet)).entries).toHaveLength(1);
  });

  test("opens the next model from a sealed state, past announcements that lead nowhere", async () => {
    await started();
    const state: State = {
      round: 1,
      weights: BigInt64Array.of(1n << 24n, 0n, 0n),
      gradient: new BigInt64Array(3),
      carried: [0n],
      progressWad: 0n,
      lossMicro: 0n,
      metricMicro: 0n,
    };
    const document = await stateDocument(state);
    const recipient = (await device.identity()).recipient;
    const digest = toHex(await publishSealed(document, [recipient], store));
    const other = toHex(await publishSealed(await stateDocument({ ...state, round: 2 }), [recipient], store));
    const closed = toHex(await publishSealed(document, [oracles[0]?.recipient ?? recipient], store));
    const posts = [`0x${"99".repeat(32)}` as Hex, closed, other, digest];
    const announcements = posts.map((post) => ({ round: 0, sender: person.address, kind: 1, digest: post }));
    const modelDigest = toHex(document.digest);
    snapshot = {
      ...snapshot,
      round: 1,
      current: { ...ROUND, round: 1 },
      announcements: announcements.slice(0, 3),
      reveals: [{ round: 0, modelDigest, progressWad: 0n, released: 0n, scores: "0x" }],
    };
    await expect(tick()).rejects.toThrow(Unavailable);
    await expect(tick()).rejects.toThrow("announced another state");
    snapshot = { ...snapshot, announcements };
    await tick();
    expect([...(trainer.jobs[0]?.weights ?? [])]).toEqual([1, 0, 0]);
    expect((await device.blob(taskKey(snapshot), person.address))?.round).toBe(1);
  });

  test("is clipped and noised: what is sealed is not what was trained", async () => {
    await started();
    await tick();
    const job = trainer.jobs[0];
    if (!job) throw new Error("nothing was trained");
    const update = await new TrainsHere().train(job, new AbortController().signal, () => {});
    expect(Math.hypot(...clipToNorm(update, 1))).toBeLessThanOrEqual(1 + 1e-12);
    const first = await device.blob(taskKey(snapshot), person.address);
    await device.dropBlob(taskKey(snapshot), person.address);
    await tick();
    expect((await device.blob(taskKey(snapshot), person.address))?.digest).not.toBe(first?.digest);
    expect(first?.noiseMicro).toBe(2_000_000);
  });

  test("stops when it is told to, and nothing is kept", async () => {
    await started();
    const abort = new AbortController();
    trainer.train = (_job, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        abort.abort(new Error("paused"));
      });
    await expect(tick(abort.signal)).rejects.toThrow("paused");
    expect(await device.blob(taskKey(snapshot), person.address)).toBeNull();
  });
});

describe("consent", () => {
  test("withdrawn: nothing goes out any more, and the budget is free", async () => {
    await tick();
    await started();
    await tick();
    await withdrawConsent(device, taskKey(snapshot), person.address, 1500n);
    sent = [];
    expect(await tick()).toMatchObject({ kind: "wait", reason: "no-consent" });
    expect(sent).toEqual([]);
    expect(await device.blob(taskKey(snapshot), person.address)).toBeNull();
    expect((await device.ledger(signed.consent.dataSet)).reserved).toEqual({});
    await withdrawConsent(device, taskKey(snapshot), person.address, 9999n);
    expect((await device.consents())[0]?.withdrawnAt).toBe(1500n);
  });

  test("withdrawn while the update is uploaded: its digest is never submitted", async () => {
    await started();
    await tick();
    const put = store.put.bind(store);
    store.put = async (data) => {
      await withdrawConsent(device, taskKey(snapshot), person.address, 1500n);
      return put(data);
    };
    await expect(tick()).rejects.toThrow("you withdrew your consent");
    expect(sent).toEqual([]);
  });

  test("withdrawn while the model is trained: nothing of it is kept", async () => {
    await started();
    const train = trainer.train.bind(trainer);
    trainer.train = async (...job) => {
      await device.setPolicy(signed.consent.dataSet, { ...POLICY, paused: true });
      return train(...job);
    };
    await expect(tick()).rejects.toThrow("you paused this data set");
    expect(await device.blob(taskKey(snapshot), person.address)).toBeNull();
  });

  test("changed after it was signed, or signed by another, is none", async () => {
    const consent = { ...signed.consent, columns: ["age", "dose", "ill", "name"] };
    await expect(keepConsent(device, taskKey(snapshot), { ...signed, consent })).rejects.toThrow(Refused);
    await device.setConsent(taskKey(snapshot), { ...signed, consent });
    expect(await tick()).toMatchObject({ kind: "wait", reason: "no-consent" });
    await withdrawConsent(device, "nothing", person.address, 1n);
  });
});

describe("two tabs", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("what one of them trained on an old look is not trained again", async () => {
    await started();
    const one = new TrainerRunner(world(), 7n, person.address);
    const view = await one.view();
    await tick();
    const again = one.perform({ kind: "train", round: 0 }, view, new AbortController().signal, () => {});
    await expect(again).rejects.toThrow("it is time to submit");
    expect(trainer.jobs).toHaveLength(1);
  });

  test("one waits while the other holds the task's lock", async () => {
    await started();
    const names: string[] = [];
    const request = async (name: string, _options: object, work: (lock: object | null) => Promise<void>) => {
      names.push(name);
      return work(names.length === 1 ? null : {});
    };
    vi.stubGlobal("navigator", { locks: { request } });
    await expect(tick()).rejects.toThrow("another tab");
    expect((await tick()).kind).toBe("train");
    expect(new Set(names)).toEqual(new Set([`deltaml/${taskKey(snapshot)}/${person.address.toLowerCase()}`]));
  });
});

test("at the end: claims, leaves, withdraws, tidies", async () => {
  await started();
  await tick();
  const scores = `0x${"0".repeat(15)}3` as const;
  snapshot = {
    ...snapshot,
    status: "completed",
    reveals: [{ round: 0, modelDigest: "0x", progressWad: 0n, released: 0n, scores }],
    revealedRounds: [{ ...ROUND, basis: 100n, totalScore: 3n }],
  };
  expect((await tick()).kind).toBe("claim");
  facts = { ...facts, claimedRounds: 1n };
  expect((await tick()).kind).toBe("leave");
  facts = { ...facts, left: true, freeStake: 100n };
  expect((await tick()).kind).toBe("withdraw");
  facts = { ...facts, freeStake: 0n };
  expect((await tick()).kind).toBe("done");
  expect(sent.map((call) => call.name)).toEqual(["claim", "leave", "withdraw"]);
  expect(await device.blob(taskKey(snapshot), person.address)).toBeNull();
});
