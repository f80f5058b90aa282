/** What the owner publishes is what a committee opens; what the committee announces is what the owner opens. */
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import type { MarketEvent } from "../../src/chain/events";
import { Outcome, type Task } from "../../src/chain/types";
import { fromHex, toHex } from "../../src/core/bytes";
import { fetchSealed, publishSealed } from "../../src/core/document";
import { Identity } from "../../src/core/envelope";
import { stateDocument } from "../../src/core/messages";
import { decodeSpec } from "../../src/core/specs";
import { MemoryStore } from "../../src/core/store";
import { Table } from "../../src/core/table";
import { validationDocument } from "../../src/core/validation";
import { fetchNewestState, newestRound } from "../../src/owner/fetch-model";
import { currentIdentity, importIdentity, markSavedElsewhere, ownerIdentities } from "../../src/owner/identity-store";
import { prepareTask } from "../../src/owner/prepare";
import { type PublishStep, publishTask } from "../../src/owner/publish";
import { STARTING_DRAFT } from "../../src/owner/starting-draft";

const TABLE = await Table.fromCsv(`a,b,ill\n${"1,2,yes\n2,1,no\n3,5,yes\n0,0.5,no\n".repeat(10)}`);
const DRAFT = {
  ...STARTING_DRAFT,
  model: { ...STARTING_DRAFT.model, name: "Risk" },
  data: { purpose: "To help", columns: ["a", "b"], target: "ill", classes: ["no", "yes"] },
  progress: { baseline_loss: 0.7, target_loss: 0.3 },
};
const position = { blockNumber: 1n, logIndex: 0, timestamp: 0, transactionHash: "0x" } as const;

describe("publishing", () => {
  it("leads a member, and nobody else, to the validation set", async () => {
    const [owner, member, stranger] = await Promise.all([
      Identity.generate(),
      Identity.generate(),
      Identity.generate(),
    ]);
    const prepared = prepareTask(DRAFT, TABLE, owner.recipient);
    const store = new MemoryStore();
    const steps: PublishStep[] = [];
    const published = await publishTask(prepared, [toHex(member.recipient)], store, (step) => steps.push(step));
    expect(steps).toEqual(["validation", "specification", "state", "check"]);
    const spec = decodeSpec(await store.get(fromHex(published.specDigest), 1 << 20));
    if (spec.kind !== "open") throw new Error("expected an open model");
    expect(toHex(spec.validation)).toBe(published.validationDigest);
    const opened = await fetchSealed(spec.validation, member, store, 1 << 20);
    const written = await validationDocument(spec.target.kind, prepared.validation);
    expect(toHex(opened.digest)).toBe(toHex(written.digest));
    await expect(fetchSealed(spec.validation, stranger, store, 1 << 20)).rejects.toThrow(/does not open/);
  });
  it("fails where the node loses what it was given", async () => {
    const owner = await Identity.generate();
    const prepared = prepareTask(DRAFT, TABLE, owner.recipient);
    const full = new MemoryStore();
    const forgetful = { put: (data: Uint8Array) => full.put(data), get: () => Promise.reject(new Error("gone")) };
    await expect(publishTask(prepared, [toHex(owner.recipient)], forgetful, () => {})).rejects.toThrow("gone");
  });
});

describe("fetching the model", () => {
  async function scene() {
    const [owner, other] = await Promise.all([Identity.generate(), Identity.generate()]);
    const { spec, state } = prepareTask(DRAFT, TABLE, owner.recipient);
    const store = new MemoryStore();
    const next = { ...state, round: 1, weights: BigInt64Array.from([1n, -2n, 3n]), carried: [0n, -5n, 0n] };
    const document = await stateDocument(next);
    const sealed = await publishSealed(document, [owner.recipient], store);
    const lie = await publishSealed(await stateDocument({ ...next, lossMicro: 1n }), [owner.recipient], store);
    const announced = (digest: Uint8Array) => ({
      name: "Announced",
      args: { taskId: 1n, round: 0n, sender: `0x${"aa".repeat(20)}`, kind: 1, digest: toHex(digest) },
      position,
    });
    const revealed = (round: bigint, outcome: number) => ({
      name: "RoundRevealed",
      args: { taskId: 1n, round, outcome, modelDigest: toHex(document.digest), progressWad: 0n, released: 0n },
      position,
    });
    const events = [announced(lie), announced(sealed), revealed(0n, Outcome.Scored), revealed(1n, Outcome.Aborted)];
    const task = { id: 1n, trainerCount: 3, params: { modelDigest: "0x" } } as unknown as Task;
    return { owner, other, spec, store, next, task, events: events as unknown as MarketEvent[] };
  }

  it("takes the newest agreed state, past aborted rounds and members that announce another", async () => {
    const { owner, other, spec, store, next, task, events } = await scene();
    expect(newestRound(events)).toBe(1);
    const state = await fetchNewestState(task, spec, events, [other, owner], store);
    expect([...state.weights]).toEqual([...next.weights]);
  });
  it("says when none of the keys opens it", async () => {
    const { other, spec, store, task, events } = await scene();
    await expect(fetchNewestState(task, spec, events, [other], store)).rejects.toThrow(/can't be opened/);
  });
});

describe("the owner's key", () => {
  it("is made once, kept, and marked when it was saved", async () => {
    const first = await currentIdentity();
    expect(first.savedElsewhere).toBe(false);
    expect((await currentIdentity()).recipient).toBe(first.recipient);
    await markSavedElsewhere(first.recipient);
    expect((await currentIdentity()).savedElsewhere).toBe(true);
  });
  it("is taken in from a file, beside those of before", async () => {
    const other = await Identity.generate();
    const taken = await importIdentity(other.toFileText());
    expect(taken.savedElsewhere).toBe(true);
    expect((await currentIdentity()).recipient).toBe(taken.recipient);
    expect(await ownerIdentities()).toHaveLength(2);
    await expect(importIdentity("nothing")).rejects.toThrow(/AGE-SECRET-KEY/);
  });
});
