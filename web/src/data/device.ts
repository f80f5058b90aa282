/**
 * What this device keeps, in IndexedDB: data sets, what their owner allows, consents, privacy ledgers, this device's age
 * identity, and sealed updates that have not gone out yet. Nothing of it leaves by itself.
 */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { digestOf } from "../core/blocks";
import { type Hex, toHex } from "../core/bytes";
import { Identity } from "../core/envelope";
import { InvalidInput } from "../core/errors";
import { Table } from "../core/table";
import type { SignedConsent } from "./consent";
import type { DataSetFacts } from "./data-sets";
import type { PendingBlob } from "./decide";
import { EMPTY_LEDGER, type Ledger } from "./ledger";
import { DENY_ALL, type Policy } from "./policy";
import type { Address } from "./ports";

const IDENTITY_KEY = "device";

/** A pending blob with its blocks, top first. */
export interface KeptBlob extends PendingBlob {
  readonly blocks: readonly Uint8Array[];
}

interface StoredDataSet {
  readonly facts: DataSetFacts;
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

interface Schema extends DBSchema {
  identities: { key: string; value: string };
  dataSets: { key: string; value: StoredDataSet };
  policies: { key: string; value: Policy };
  ledgers: { key: string; value: Ledger };
  consents: { key: string; value: SignedConsent };
  blobs: { key: string; value: KeptBlob };
}

const STORES = ["identities", "dataSets", "policies", "ledgers", "consents", "blobs"] as const;

/** One database of this page's origin. `open` it; the constructor only stores. */
export class Device {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = "deltaml"): Promise<Device> {
    const db = await openDB<Schema>(name, 1, {
      upgrade: (fresh) => {
        for (const store of STORES) fresh.createObjectStore(store);
      },
    });
    return new Device(db);
  }

  close(): void {
    this.db.close();
  }

  // -------------------------------------------------------------------- identity

  /** This device's age identity, made on first use. */
  async identity(): Promise<Identity> {
    const made = await Identity.generate();
    const change = this.db.transaction("identities", "readwrite");
    // Two tabs may come here at once: whoever writes first is believed by both.
    const kept = await change.store.get(IDENTITY_KEY);
    if (kept === undefined) await change.store.put(made.toFileText(), IDENTITY_KEY);
    await change.done;
    return kept === undefined ? made : Identity.fromFileText(kept);
  }

  /** Takes another identity, from `Identity.toFileText` or the command line. What was sealed to the old one stays shut. */
  async replaceIdentity(fileText: string): Promise<Identity> {
    const identity = await Identity.fromFileText(fileText);
    await this.db.put("identities", identity.toFileText(), IDENTITY_KEY);
    return identity;
  }

  // -------------------------------------------------------------------- data sets

  /** Reads a CSV file and keeps it here, all denied. Throws InvalidInput when it is none, or is here already. */
  async addDataSet(name: string, file: Blob): Promise<DataSetFacts> {
    const digest = toHex(digestOf(new Uint8Array(await file.arrayBuffer())));
    if (await this.db.get("dataSets", digest)) throw new InvalidInput(`this file is on the device already: ${name}`);
    const table = await Table.fromCsv(file);
    const facts = { digest, name, rows: table.nRows, columns: table.summaries() };
    await this.db.put("dataSets", { facts, columns: table.columns }, digest);
    return facts;
  }

  async dataSets(): Promise<DataSetFacts[]> {
    return (await this.db.getAll("dataSets")).map(({ facts }) => facts);
  }

  async dataSet(digest: Hex): Promise<DataSetFacts | null> {
    return (await this.db.get("dataSets", digest))?.facts ?? null;
  }

  /** Throws InvalidInput for a data set that is not here. */
  async table(digest: Hex): Promise<Table> {
    const stored = await this.db.get("dataSets", digest);
    if (!stored) throw new InvalidInput("this data set is not on the device any more; add the file again");
    return new Table(stored.columns);
  }

  /** Forgets rows and policy. The ledger stays: what was learnt of the data does not go away with the file. */
  async removeDataSet(digest: Hex): Promise<void> {
    const change = this.db.transaction(["dataSets", "policies"], "readwrite");
    await change.objectStore("dataSets").delete(digest);
    await change.objectStore("policies").delete(digest);
    await change.done;
  }

  /** What is allowed of a data set: nothing, until its owner says so. */
  async policy(digest: Hex): Promise<Policy> {
    return (await this.db.get("policies", digest)) ?? DENY_ALL;
  }

  async setPolicy(digest: Hex, policy: Policy): Promise<void> {
    await this.db.put("policies", policy, digest);
  }

  async ledger(digest: Hex): Promise<Ledger> {
    return (await this.db.get("ledgers", digest)) ?? EMPTY_LEDGER;
  }

  /** Changes a ledger in one transaction, so that two tabs can't both spend the same. */
  async changeLedger(digest: Hex, change: (ledger: Ledger) => Ledger): Promise<Ledger> {
    const writing = this.db.transaction("ledgers", "readwrite");
    const changed = change((await writing.store.get(digest)) ?? EMPTY_LEDGER);
    await writing.store.put(changed, digest);
    await writing.done;
    return changed;
  }

  // -------------------------------------------------------------------- consents and blobs

  /** task: see `taskKey`. */
  async consent(task: string, account: Address): Promise<SignedConsent | null> {
    return (await this.db.get("consents", keyOf(task, account))) ?? null;
  }

  async setConsent(task: string, signed: SignedConsent): Promise<void> {
    await this.db.put("consents", signed, keyOf(task, signed.consent.account));
  }

  async consents(): Promise<SignedConsent[]> {
    return this.db.getAll("consents");
  }

  async blob(task: string, account: Address): Promise<KeptBlob | null> {
    return (await this.db.get("blobs", keyOf(task, account))) ?? null;
  }

  /** Keeps the newest blob of a task; an older one is replaced. */
  async setBlob(task: string, account: Address, blob: KeptBlob): Promise<void> {
    await this.db.put("blobs", blob, keyOf(task, account));
  }

  async dropBlob(task: string, account: Address): Promise<void> {
    await this.db.delete("blobs", keyOf(task, account));
  }
}

function keyOf(task: string, account: Address): string {
  return `${task}/${account.toLowerCase()}`;
}
