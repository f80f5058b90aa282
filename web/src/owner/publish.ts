/** Puts a prepared task on IPFS, block by block, and reads it back before any money moves. */

import { fromHex, type Hex, toHex } from "../core/bytes";
import { fetchOctets, publish, publishSealed } from "../core/document";
import { stateDocument } from "../core/messages";
import { encodeOpenSpec } from "../core/open-spec";
import { MAX_SPEC_BYTES } from "../core/spec";
import { decodeSpec } from "../core/specs";
import type { Store } from "../core/store";
import { validationDocument } from "../core/validation";
import type { PreparedTask } from "./prepare";

const MAX_VALIDATION_BYTES = 1 << 30;

/** What a posted task points at. */
export interface PublishedTask {
  readonly specDigest: Hex;
  readonly modelDigest: Hex;
  readonly validationDigest: Hex;
}

export type PublishStep = "validation" | "specification" | "state" | "check";

/**
 * Seals the validation set to the committee, whose age recipients are given, and publishes everything. Throws
 * Unavailable when the node does not answer; then it may be called again: blocks that are there already cost nothing.
 */
export async function publishTask(
  prepared: PreparedTask,
  committee: readonly Hex[],
  store: Store,
  onStep: (step: PublishStep) => void,
): Promise<PublishedTask> {
  onStep("validation");
  const document = await validationDocument(prepared.spec.target.kind, prepared.validation);
  const validation = await publishSealed(document, committee.map(fromHex), store);
  onStep("specification");
  const spec = encodeOpenSpec({ ...prepared.spec, validation });
  const specDigest = await store.put(spec);
  onStep("state");
  const modelDigest = await publish(await stateDocument(prepared.state), store);
  onStep("check");
  decodeSpec(await store.get(specDigest, MAX_SPEC_BYTES));
  await fetchOctets(validation, store, MAX_VALIDATION_BYTES);
  await store.get(modelDigest, 1 << 20);
  return { specDigest: toHex(specDigest), modelDigest: toHex(modelDigest), validationDigest: toHex(validation) };
}
