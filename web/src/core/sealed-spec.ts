/**
 * The specification of a sealed-model task, for a page to describe. Training it needs the Python agent: its updates are
 * made under the owner's Paillier key, which no page computes with. So a page checks the key's form and the sizes of a
 * round, and leaves the proof that the key is one to the agent and the oracles.
 */
import type { Value } from "./blocks";
import { InvalidMessage } from "./errors";
import { checkModel, MICRO, normBound, readCommon, specFields, type TaskSpec } from "./spec";

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
const MIN_KEY_BITS = 2048;
const MAX_KEY_BITS = 4096;
const MAX_SEALED_PARAMETERS = 1000;
const MAX_MATRIX_BITS = 40n;
const MAX_OPEN_BOUND = 1n << 88n;
/** Entries of the random directions are below 2^15 in size. */
const CHECK_ENTRY_BITS = 15n;

/** Throws InvalidMessage when a field is missing, of the wrong type or out of range, or what a round opens won't fit. */
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
  checkKeyForm(spec.key);
  checkSizes(spec, size);
  return spec;
}

function checkKeyForm(key: Uint8Array): void {
  const [first, last] = [key[0] ?? 0, key.at(-1) ?? 0];
  if (8 * key.length < MIN_KEY_BITS || key.length % 8 || first < 128 || last % 2 === 0) {
    throw new InvalidMessage(
      `spec.key: expected an odd number of ${MIN_KEY_BITS} to ${MAX_KEY_BITS} bits, a multiple of 64, without leading zeros`,
    );
  }
}

/** As deltaml/protocol/sealed/spec.py: nothing that a round opens may reach 2^88. */
function checkSizes(spec: SealedSpec, size: number): void {
  const { fractionBits, dataBits, gradientBits, clipNormMicro, weightNormMicro, maxWeightSum } = spec;
  if (BigInt(clipNormMicro) << BigInt(dataBits) > BigInt(weightNormMicro) << MAX_MATRIX_BITS) {
    throw new InvalidMessage("spec: clip_norm / weight_norm is too large for data_bits");
  }
  const root = BigInt(Math.floor(Math.sqrt(size)));
  const rounding = ceil((size / 2) * (weightNormMicro / MICRO) * 2 ** fractionBits) + BigInt(size);
  const updateNorm = ceil(normBound(spec) * 2 ** (fractionBits + dataBits)) + rounding;
  const directionNorm = ceil((spec.gradientNormMicro / MICRO) * 2 ** gradientBits) + root + 1n;
  const bounds = [BigInt(maxWeightSum), directionNorm + 1n, (root + 1n) << CHECK_ENTRY_BITS];
  if (bounds.some((bound) => updateNorm * bound > MAX_OPEN_BOUND)) {
    throw new InvalidMessage("spec: what a round opens may be too large; use fewer fraction, data or gradient bits");
  }
}

function ceil(x: number): bigint {
  return BigInt(Math.ceil(x));
}
