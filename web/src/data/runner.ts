/** Performs one step of one task at a time; everything it remembers is on the chain or on this device. */
import { closeUpdate } from "../core/blobs";
import { fromHex, toHex } from "../core/bytes";
import { blocksOf, documentFrom, publish } from "../core/document";
import { seal } from "../core/envelope";
import { Refused, Unavailable } from "../core/errors";
import { isPageFamily } from "../core/models/model";
import type { OpenSpec } from "../core/open-spec";
import { MICRO, NANO, weightsFormat } from "../core/spec";
import { readSpec, type Spec } from "../core/specs";
import type { Store } from "../core/store";
import { features, targets } from "../core/table";
import { addGaussianNoise, clipToNorm } from "../core/training";
import { isSigned } from "./consent";
import type { DataSetFacts } from "./data-sets";
import { decide, noiseOf, type Step, type TrainerView, taskKey } from "./decide";
import type { Device } from "./device";
import { releaseOf, withoutReservation, withReservation, withRound } from "./ledger";
import type { Address, ChainReader, ChainWriter, TaskSnapshot, Trainer } from "./ports";
import { readState } from "./state-reader";

/** The three things a person sees happen in a round, each from 0 to 1. */
export interface Progress {
  readonly stage: "model-down" | "training" | "update-up";
  readonly round: number;
  readonly done: number;
}

export interface World {
  readonly reader: ChainReader;
  readonly writer: ChainWriter;
  readonly store: Store;
  readonly device: Device;
  readonly trainer: Trainer;
}

/** The part of a view that lies on this device and may change at any moment. */
type Held = Pick<TrainerView, "dataSet" | "policy" | "ledger" | "consent" | "blob">;

const NO_DATA: DataSetFacts = { digest: "0x", name: "", rows: 0, columns: [] };

/** One data owner in one task. */
export class TrainerRunner {
  #spec: Spec | null = null;

  constructor(
    readonly world: World,
    readonly taskId: bigint,
    readonly account: Address,
  ) {}

  /** Looks, decides and does one thing; resolves to what was done. Throws what stood in the way: see `retryable`. */
  async tick(signal: AbortSignal, progress: (told: Progress) => void = () => {}): Promise<Step> {
    const view = await this.view();
    const step = decide(view);
    signal.throwIfAborted();
    await this.perform(step, view, signal, progress);
    return step;
  }

  /** Everything that the next decision rests on. */
  async view(): Promise<TrainerView> {
    const { reader, device, store } = this.world;
    const snapshot = await reader.task(this.taskId);
    const facts = await reader.account(this.taskId, this.account);
    this.#spec ??= await readSpec(store, fromHex(snapshot.terms.specDigest));
    const recipient = toHex((await device.identity()).recipient);
    return { account: this.account, snapshot, facts, spec: this.#spec, recipient, ...(await this.#held(snapshot)) };
  }

  /** What this device says of the task right now. */
  async #held(snapshot: TaskSnapshot): Promise<Held> {
    const { device } = this.world;
    const kept = await device.consent(taskKey(snapshot), this.account);
    const consent = kept && (await isSigned(kept)) ? kept : null;
    const digest = consent?.consent.dataSet ?? NO_DATA.digest;
    return {
      dataSet: (await device.dataSet(digest)) ?? NO_DATA,
      policy: await device.policy(digest),
      ledger: await device.ledger(digest),
      consent,
      blob: await device.blob(taskKey(snapshot), this.account),
    };
  }

  async #require(step: Step, view: TrainerView): Promise<void> {
    requireSame(step, decide({ ...view, ...(await this.#held(view.snapshot)) }));
  }

  async #alone(step: Step, view: TrainerView, work: () => Promise<void>): Promise<void> {
    const checked = async () => {
      await this.#require(step, view);
      await work();
    };
    // Every browser that can run this page has locks; tests run where there are none.
    const locks = globalThis.navigator?.locks;
    if (!locks) return checked();
    const name = `deltaml/${taskKey(view.snapshot)}/${this.account.toLowerCase()}`;
    return locks.request(name, { ifAvailable: true }, async (lock) => {
      if (!lock) throw new Unavailable("another tab of this page is working on the task");
      await checked();
    });
  }

  /**
   * Does what was decided on a view. What uses the data is done in one tab at a time, and only while this device still
   * says the same: throws Refused when its owner changed his mind meanwhile, Unavailable when another tab is at it.
   */
  async perform(step: Step, view: TrainerView, signal: AbortSignal, progress: (told: Progress) => void): Promise<void> {
    const { writer } = this.world;
    const taskId = this.taskId;
    switch (step.kind) {
      case "join":
        return this.#alone(step, view, () => this.#join(step, view));
      case "train":
        return this.#alone(step, view, () => this.#train(step, view, signal, progress));
      case "submit":
        return this.#alone(step, view, () => this.#submit(step, view, progress));
      case "claim":
        return writer.send({ name: "claim", taskId, claims: step.claims });
      case "claim-expired":
        return writer.send({ name: "claimExpired", taskId });
      case "leave":
        await writer.send({ name: "leave", taskId });
        return this.#tidy(view);
      case "withdraw":
        return writer.send({ name: "withdraw", amount: step.amount });
      case "done":
        return this.#tidy(view);
    }
  }

  async #join(step: Step & { kind: "join" }, view: TrainerView): Promise<void> {
    const { device, writer } = this.world;
    const { spec, snapshot } = view;
    // A file that does not fit, and a committee that updates can't be sealed to, are found before any money moves.
    const table = await device.table(view.dataSet.digest);
    features(spec, table);
    targets(spec.target, table);
    await seal(new Uint8Array(), snapshot.committee.map(fromHex));
    const [task, release] = [taskKey(snapshot), releaseOf(spec, noiseOf(view))];
    await device.changeLedger(view.dataSet.digest, (ledger) => {
      // Another task of the same data may have put some of the budget aside since.
      requireSame(step, decide({ ...view, ledger }));
      return withReservation(ledger, task, release, snapshot.terms.rounds);
    });
    try {
      if (step.approve) await writer.send({ name: "approveStake", amount: step.approve });
      if (step.deposit) await writer.send({ name: "deposit", amount: step.deposit });
      await writer.send({ name: "join", taskId: this.taskId, units: step.units, recipient: view.recipient });
    } catch (error) {
      if (error instanceof Refused) {
        await device.changeLedger(view.dataSet.digest, (ledger) => withoutReservation(ledger, task));
      }
      throw error;
    }
  }

  async #train(step: Step, view: TrainerView, signal: AbortSignal, progress: (told: Progress) => void): Promise<void> {
    const { device, store } = this.world;
    const { snapshot, spec, consent } = view;
    if (spec.kind !== "open" || !consent) throw new Refused("a page trains open models alone, with consent");
    const round = snapshot.round;
    progress({ stage: "model-down", round, done: 0 });
    const state = await readState(store, await device.identity(), snapshot, spec, round);
    progress({ stage: "model-down", round, done: 1 });
    const weights = weightsFormat(spec).decode(state.weights);
    const trained = await this.#fit(spec, view, weights, signal, (done) =>
      progress({ stage: "training", round, done }),
    );
    const clipped = clipToNorm(trained, spec.clipNormMicro / MICRO);
    const noiseMicro = noiseOf(view);
    const update = weightsFormat(spec).encode(addGaussianNoise(clipped, noiseMicro / MICRO));
    const header = {
      chainId: snapshot.chainId,
      market: fromHex(snapshot.market),
      taskId: snapshot.taskId,
      round,
      sender: fromHex(this.account),
    };
    const document = await closeUpdate(header, update, snapshot.committee.map(fromHex));
    signal.throwIfAborted();
    await this.#require(step, view);
    const kept = { round, digest: toHex(document.digest), consentNonce: consent.consent.nonce, noiseMicro };
    await device.setBlob(taskKey(snapshot), this.account, { ...kept, blocks: blocksOf(document) });
  }

  async #fit(
    spec: OpenSpec,
    view: TrainerView,
    weights: Float64Array,
    signal: AbortSignal,
    progress: (done: number) => void,
  ): Promise<Float64Array> {
    if (!isPageFamily(spec.family)) throw new Refused(`a page does not train ${spec.family} models`);
    const table = await this.world.device.table(view.dataSet.digest);
    const job = {
      family: spec.family,
      shape: spec.shape,
      l2: spec.l2Nano / NANO,
      weights,
      X: features(spec, table),
      y: targets(spec.target, table),
      training: {
        epochs: spec.epochs,
        batchSize: spec.batchSize,
        learningRate: spec.learningRateMicro / MICRO,
        momentum: spec.momentumMicro / MICRO,
      },
    };
    progress(0);
    const update = await this.world.trainer.train(job, signal, (epochs) => progress(epochs / spec.epochs));
    progress(1);
    return update;
  }

  /** The round is in the ledger before a byte of it leaves, and counts once however often this is tried again. */
  async #submit(step: Step, view: TrainerView, progress: (told: Progress) => void): Promise<void> {
    const { device, writer, store } = this.world;
    const { snapshot } = view;
    const task = taskKey(snapshot);
    const blob = await device.blob(task, this.account);
    const round = snapshot.round;
    if (blob?.round !== round) throw new Refused(`no update of round ${round} lies on this device`);
    const release = releaseOf(view.spec, blob.noiseMicro);
    await device.changeLedger(view.dataSet.digest, (ledger) =>
      withRound(ledger, task, round, release, snapshot.block.timestamp),
    );
    progress({ stage: "update-up", round, done: 0 });
    await publish(await documentFrom(blob.blocks), store);
    progress({ stage: "update-up", round, done: 0.5 });
    await this.#require(step, view);
    await writer.send({ name: "submitUpdate", taskId: this.taskId, round, digest: blob.digest });
    progress({ stage: "update-up", round, done: 1 });
  }

  async #tidy(view: TrainerView): Promise<void> {
    const { device } = this.world;
    const task = taskKey(view.snapshot);
    await device.dropBlob(task, this.account);
    if (view.consent) await device.changeLedger(view.dataSet.digest, (ledger) => withoutReservation(ledger, task));
  }
}

/** Throws Refused with what now stands in the way, Unavailable when another step is due instead. */
function requireSame(step: Step, now: Step): void {
  if (now.kind === step.kind) return;
  if (now.kind === "wait") throw new Refused(now.message);
  throw new Unavailable(`things changed on this device meanwhile: it is time to ${now.kind}; look again`);
}
