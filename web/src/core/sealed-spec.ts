/**
 * The specification of a sealed-model task, for a page to describe. Training it needs the Python agent: its updates are
 * made under the owner's Paillier key, which no page computes with, so the proof that the key is one is not checked here
 * either.
 */
import type { Value } from "./blocks";
import { InvalidMessage } from "./errors";
import { checkModel, readCommon, specFields, type TaskSpec } from "./spec";

/** key: the owner's Paillier modulus, big-endian. dataBits: fixed point of a trainer's A and b. */
export interface SealedSpec extends TaskSpec {
  readonly kind: "sealed";
  readonly key: Uint8Array;
  readonly keyProof: Uint8Array;
  readonly dataBits: number;
  readonly weightNormMicro: number;
}

export const SEALED_SPEC_TYPE = "deltaml/sealed-spec/1";
const FAMILIES = ["linear", "logistic"];
const OWN_NAMES = ["key", "key_proof", "data_bits", "weight_norm_micro"];
const MAX_KEY_BITS = 4096;
const MAX_SEALED_PARAMETERS = 1000;

/** Throws InvalidMessage when a field is missing, of the wrong type or out of range, or the model can't be built. */
export function readSealedSpec(block: Value): SealedSpec {
  const given = specFields(block, SEALED_SPEC_TYPE, OWN_NAMES);
  const spec: SealedSpec = {
    kind: "sealed",
    ...readCommon(given, FAMILIES),
    key: given.octetsUpTo("key", MAX_KEY_BITS / 8),
    keyProof: given.octetsUpTo("key_proof", MAX_KEY_BITS),
    dataBits: given.integer("data_bits", 8, 32),
    weightNormMicro: given.integer("weight_norm_micro", 1, 10 ** 12),
  };
  const size = checkModel(spec);
  if (size < 2 || size > MAX_SEALED_PARAMETERS) {
    throw new InvalidMessage(`spec.shape: ${size} parameters; a sealed model has 2 to ${MAX_SEALED_PARAMETERS}`);
  }
  return spec;
}
