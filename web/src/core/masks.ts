/** The committee lock: a vector plus one mask per holder set, in the ring Z_2^64 (design §3, R16). */
import { digestOf } from "./blocks";
import { joinBytes } from "./bytes";
import { holderSets } from "./committee";
import { InvalidInput } from "./errors";
import { toRing } from "./fixed-point";

export const SEED_BYTES = 32;
const COMMITMENT_DOMAIN = new TextEncoder().encode("deltaml/seed-commitment/v1\0");
const WORDS_PER_BLOCK = 2;
const WORD_BYTES = 8;
/** Words masked at a time: what is in memory beside the vector stays small. */
const CHUNK_WORDS = 1 << 14;

/** One fresh 32-byte seed per holder set of a committee of n. A seed masks one vector, once, and nothing else. */
export function drawSeeds(n: number): Uint8Array[] {
  return holderSets(n).map(() => crypto.getRandomValues(new Uint8Array(SEED_BYTES)));
}

/** sha256(domain || context || seed): binds all holders to one seed and hides it. Throws InvalidInput. */
export function seedCommitment(seed: Uint8Array, context: Uint8Array): Uint8Array {
  return digestOf(joinBytes([COMMITMENT_DOMAIN, context, checkedSeed(seed)]));
}

/** vector + the keystreams of all seeds: int64[d] to uint64[d]. */
export async function applyMasks(vector: BigInt64Array, seeds: readonly Uint8Array[]): Promise<BigUint64Array> {
  const masked = toRing(vector).slice();
  const keys = await Promise.all(seeds.map(importSeed));
  for (let start = 0; start < masked.length; start += CHUNK_WORDS) {
    const stop = Math.min(masked.length, start + CHUNK_WORDS);
    for (const key of keys) {
      const words = await stream(key, stop - start, start);
      // BigUint64Array wraps by itself, which is the ring.
      for (let i = start; i < stop; i++) masked[i] = (masked[i] ?? 0n) + (words[i - start] ?? 0n);
    }
  }
  return masked;
}

/**
 * Words start to start + length of the stream under `seed`: NIST SP 800-38A counter mode with AES-256, the counter a
 * 16-byte big-endian integer from 0; words are little-endian.
 */
export async function keystream(seed: Uint8Array, length: number, start = 0): Promise<BigUint64Array> {
  return stream(await importSeed(seed), length, start);
}

async function stream(key: CryptoKey, length: number, start: number): Promise<BigUint64Array> {
  const skip = start % WORDS_PER_BLOCK;
  const counter = new Uint8Array(16);
  new DataView(counter.buffer).setBigUint64(8, BigInt((start - skip) / WORDS_PER_BLOCK));
  const algorithm = { name: "AES-CTR", counter, length: 128 };
  const zeros = new Uint8Array(WORD_BYTES * (skip + length));
  const view = new DataView(await crypto.subtle.encrypt(algorithm, key, zeros));
  const words = new BigUint64Array(length);
  for (let i = 0; i < length; i++) words[i] = view.getBigUint64(WORD_BYTES * (skip + i), true);
  return words;
}

function importSeed(seed: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", checkedSeed(seed).slice(), "AES-CTR", false, ["encrypt"]);
}

function checkedSeed(seed: Uint8Array): Uint8Array {
  if (seed.length !== SEED_BYTES) throw new InvalidInput(`a seed has ${seed.length} bytes; expected ${SEED_BYTES}`);
  return seed;
}
