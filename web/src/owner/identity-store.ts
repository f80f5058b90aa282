/**
 * The owner's age identity, kept in this browser. The final model is sealed to it: who loses it loses the model, so it
 * must be saved elsewhere before a task is posted.
 */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { Identity, recipientToText } from "../core/envelope";

interface OwnerDatabase extends DBSchema {
  identities: { key: string; value: StoredIdentity };
}

interface StoredIdentity {
  /** age1..., the public half. */
  readonly recipient: string;
  readonly fileText: string;
  readonly savedElsewhere: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface OwnerIdentity {
  readonly identity: Identity;
  readonly recipient: string;
  readonly savedElsewhere: boolean;
}

const STORE = "identities";

let opened: Promise<IDBPDatabase<OwnerDatabase>> | undefined;

function database(): Promise<IDBPDatabase<OwnerDatabase>> {
  opened ??= openDB<OwnerDatabase>("deltaml-owner", 1, {
    upgrade: (db) => {
      db.createObjectStore(STORE, { keyPath: "recipient" });
    },
  });
  return opened;
}

/** All identities of this browser, the newest first: old ones still open the models of old tasks. */
export async function ownerIdentities(): Promise<OwnerIdentity[]> {
  const stored = await (await database()).getAll(STORE);
  stored.sort((a, b) => b.createdAt - a.createdAt);
  return Promise.all(stored.map(revived));
}

/** The identity that new tasks are sealed to, made if there is none. */
export async function currentIdentity(): Promise<OwnerIdentity> {
  const [newest] = await ownerIdentities();
  return newest ?? keep(await Identity.generate(), false);
}

/** Takes in an identity file of `deltaml key new`, of age or of this page. Throws InvalidInput for anything else. */
export async function importIdentity(fileText: string): Promise<OwnerIdentity> {
  return keep(await Identity.fromFileText(fileText), true);
}

export async function markSavedElsewhere(recipient: string): Promise<void> {
  const db = await database();
  const stored = await db.get(STORE, recipient);
  if (stored) await db.put(STORE, { ...stored, savedElsewhere: true });
}

async function keep(identity: Identity, savedElsewhere: boolean): Promise<OwnerIdentity> {
  const fileText = identity.toFileText();
  const recipient = recipientToText(identity.recipient);
  await (await database()).put(STORE, { recipient, fileText, savedElsewhere, createdAt: Date.now() });
  // Without this the browser may throw the key away when the disk fills up. It may say no; the saved file counts.
  await globalThis.navigator?.storage?.persist?.();
  return { identity, recipient, savedElsewhere };
}

async function revived(stored: StoredIdentity): Promise<OwnerIdentity> {
  const { recipient, savedElsewhere } = stored;
  return { identity: await Identity.fromFileText(stored.fileText), recipient, savedElsewhere };
}
