import "fake-indexeddb/auto";
import { beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../src/core/blocks";
import { toHex } from "../../src/core/bytes";
import { Identity } from "../../src/core/envelope";
import { InvalidInput } from "../../src/core/errors";
import { Device } from "../../src/data/device";
import { DENY_ALL } from "../../src/data/policy";
import { ALICE, BOB, CONSENT, DATA, POLICY, SIGNED } from "./scene";

const CSV = "a,b\n1,x\n2,y\n";

let names = 0;
let name: string;
let device: Device;

beforeEach(async () => {
  name = `device ${++names}`;
  device = await Device.open(name);
});

async function reopened(): Promise<Device> {
  device.close();
  return Device.open(name);
}

describe("the identity", () => {
  test("is made once, whoever asks first", async () => {
    const other = await Device.open(name);
    const asked = await Promise.all([device.identity(), other.identity(), device.identity()]);
    expect(new Set(asked.map((identity) => toHex(identity.recipient))).size).toBe(1);
    other.close();
    expect(toHex((await (await reopened()).identity()).recipient)).toBe(toHex(asked[0]?.recipient ?? new Uint8Array()));
  });

  test("moves in from a file", async () => {
    const brought = await Identity.generate();
    await device.replaceIdentity(brought.toFileText());
    expect((await device.identity()).toFileText()).toBe(brought.toFileText());
    await expect(device.replaceIdentity("nonsense")).rejects.toThrow(InvalidInput);
    expect((await device.identity()).toFileText()).toBe(brought.toFileText());
  });
});

describe("a data set", () => {
  test("stays with its columns, its digest and nothing allowed", async () => {
    const facts = await device.addDataSet("mine.csv", new Blob([CSV]));
    expect(facts).toMatchObject({ name: "mine.csv", rows: 2 });
    expect(facts.digest).toBe(toHex(digestOf(new TextEncoder().encode(CSV))));
    const again = await reopened();
    expect(await again.dataSets()).toEqual([facts]);
    expect([...(await again.table(facts.digest)).numbers("a")]).toEqual([1, 2]);
    expect(await again.policy(facts.digest)).toEqual(DENY_ALL);
    await expect(again.addDataSet("copy.csv", new Blob([CSV]))).rejects.toThrow("on the device already");
    await expect(again.addDataSet("none.csv", new Blob(["a\n"]))).rejects.toThrow(InvalidInput);
  });

  test("goes with its policy; what was learnt of it is not forgotten", async () => {
    const { digest } = await device.addDataSet("mine.csv", new Blob([CSV]));
    await device.setPolicy(digest, POLICY);
    expect(await device.policy(digest)).toEqual(POLICY);
    const entry = { task: "t", round: 0, squaredMu: Infinity, facts: 2, at: 1n };
    await device.changeLedger(digest, (ledger) => ({ ...ledger, entries: [entry] }));
    await device.removeDataSet(digest);
    expect([await device.dataSet(digest), await device.policy(digest)]).toEqual([null, DENY_ALL]);
    await expect(device.table(digest)).rejects.toThrow("add the file again");
    expect((await device.ledger(digest)).entries).toEqual([entry]);
  });

  test("has a ledger that two tabs can't write over each other", async () => {
    const other = await Device.open(name);
    const add = (round: number) => (ledger: { entries: readonly unknown[]; reserved: object }) => ({
      reserved: {},
      entries: [...(ledger.entries as never[]), { task: "t", round, squaredMu: 1, facts: 2, at: 1n }],
    });
    await Promise.all([0, 1, 2, 3, 4].map((round) => (round % 2 ? device : other).changeLedger(DATA, add(round))));
    expect((await device.ledger(DATA)).entries.map((entry) => entry.round).sort()).toEqual([0, 1, 2, 3, 4]);
    other.close();
  });
});

test("consents and blobs are kept per task and account, whatever the address's case", async () => {
  await device.setConsent("task", SIGNED);
  await device.setConsent("task", { ...SIGNED, consent: { ...CONSENT, account: BOB } });
  const shouting = `0x${ALICE.slice(2).toUpperCase()}` as const;
  expect(await device.consent("task", shouting)).toEqual(SIGNED);
  expect(await device.consent("other", ALICE)).toBeNull();
  expect(await device.consents()).toHaveLength(2);
  const blob = { round: 1, digest: DATA, consentNonce: 1n, noiseMicro: 0, blocks: [Uint8Array.of(1)] };
  await device.setBlob("task", shouting, blob);
  expect(await device.blob("task", ALICE)).toEqual(blob);
  await device.dropBlob("task", ALICE);
  expect(await device.blob("task", ALICE)).toBeNull();
});
