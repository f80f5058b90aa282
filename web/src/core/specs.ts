/** Reading the specification of a task of either kind. */
import { type Digest, decodeBlock } from "./blocks";
import { InvalidMessage } from "./errors";
import { OPEN_SPEC_TYPE, type OpenSpec, readOpenSpec } from "./open-spec";
import { readSealedSpec, SEALED_SPEC_TYPE, type SealedSpec } from "./sealed-spec";
import { MAX_SPEC_BYTES } from "./spec";
import type { Store } from "./store";

export type Spec = OpenSpec | SealedSpec;

/** The specification in a block. Throws InvalidMessage when it is broken or of no known kind. */
export function decodeSpec(data: Uint8Array): Spec {
  const block = decodeBlock(data);
  const type = typeof block === "object" && block !== null && "type" in block ? block.type : null;
  if (type === SEALED_SPEC_TYPE) return readSealedSpec(block);
  if (type === OPEN_SPEC_TYPE) return readOpenSpec(block);
  throw new InvalidMessage(`spec.type: expected ${OPEN_SPEC_TYPE} or ${SEALED_SPEC_TYPE}`);
}

/** The specification behind a digest. Throws as `decodeSpec`, and Unavailable when it can't be had. */
export async function readSpec(store: Store, digest: Digest): Promise<Spec> {
  return decodeSpec(await store.get(digest, MAX_SPEC_BYTES));
}
