/**
 * Writes tests/vectors/page_documents.json (`npm run vectors`): what the page seals for the identities of envelope.json.
 * The Python twin is tests/vectors/make_documents.py, and Python's tests open both.
 */
import { writeFileSync } from "node:fs";
import { closeUpdate } from "../../src/core/blobs";
import { cidOf } from "../../src/core/blocks";
import { toHex } from "../../src/core/bytes";
import { blocksOf, type MadeDocument, publishSealed } from "../../src/core/document";
import { recipientFromText } from "../../src/core/envelope";
import { decodeState, stateDocument } from "../../src/core/messages";
import { MemoryStore } from "../../src/core/store";
import { type GoldenDocument, type GoldenHeader, golden, headerOf, signed, vectors } from "../vectors";

const hex = (bytes: Uint8Array) => toHex(bytes).slice(2);

function documented(document: MadeDocument): GoldenDocument {
  const [bytes, ...chunks] = blocksOf(document).map(hex);
  return { bytes: bytes ?? "", digest: hex(document.digest), cid: cidOf(document.digest), chunks: chunks.sort() };
}

export async function main(): Promise<void> {
  const { identities } = vectors<{ identities: { text: string }[] }>("envelope");
  const { header, update } = vectors<{ header: GoldenHeader; update: string[] }>("blobs");
  const recipients = identities.map(({ text }) => recipientFromText(text));
  const seats = [0, 1, 2, 3].map((seat) => recipients[seat % recipients.length] ?? new Uint8Array());

  const state = await golden(vectors<{ state: GoldenDocument }>("messages").state);
  const remade = await stateDocument(await decodeState(state, 5, 10));
  const store = new MemoryStore();
  const digest = await publishSealed(remade, recipients, store);
  const { bytes, cid } = documented(remade);
  const content = {
    sealed_state: {
      digest: hex(digest),
      blocks: store.entries().map(([, block]) => hex(block)),
      top: { bytes, digest: hex(remade.digest), cid },
    },
    blob: { header, update, ...documented(await closeUpdate(headerOf(header), signed(update), seats)) },
  };
  const path = new URL("../../../tests/vectors/page_documents.json", import.meta.url);
  writeFileSync(path, `${JSON.stringify(content, null, 1)}\n`);
}
