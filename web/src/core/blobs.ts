/**
 * An update under the committee lock: each holder set gets one 256-bit seed, sealed to its members with age together
 * with the header and the digest of the masked vector (R14), and committed to by hash so that all members of the set
 * see the same seed (R16). Byte for byte as deltaml/protocol/blobs.py, age's randomness apart.
 */
import { digestOf, encodeBlock } from "./blocks";
import { holderSets } from "./committee";
import type { MadeDocument } from "./document";
import { seal } from "./envelope";
import { InvalidInput } from "./errors";
import { applyMasks, drawSeeds, seedCommitment } from "./masks";
import { type Header, headerMap, updateDocument } from "./messages";
import { MemoryStore } from "./store";
import { putVector } from "./vectors";

/** The blob of an update (int64[d], fixed point) for the committee whose age recipients are given in seat order. */
export async function closeUpdate(
  header: Header,
  update: BigInt64Array,
  recipients: readonly Uint8Array[],
): Promise<MadeDocument> {
  const seeds = drawSeeds(recipients.length);
  return closeMasked(header, await applyMasks(update, seeds), seeds, recipients);
}

/** The blob of a vector that is masked already, with the seeds of its masks, one per holder set. */
export async function closeMasked(
  header: Header,
  masked: BigUint64Array,
  seeds: readonly Uint8Array[],
  recipients: readonly Uint8Array[],
): Promise<MadeDocument> {
  const sets = holderSets(recipients.length);
  if (seeds.length !== sets.length) throw new InvalidInput(`${seeds.length} seeds for ${sets.length} holder sets`);
  const blocks = new MemoryStore();
  const vector = await putVector(blocks, masked);
  const vectorDigest = digestOf(encodeBlock(vector));
  const commitments = seeds.map((seed, set) => seedCommitment(seed, seedContext(header, set)));
  const sealedSeeds = await Promise.all(
    seeds.map((seed, set) => {
      const inner = encodeBlock({ ...headerMap(header), set, seed, vector: vectorDigest });
      const holders = recipients.filter((_, seat) => sets[set]?.includes(seat));
      return seal(inner, holders);
    }),
  );
  return updateDocument(header, { vector, commitments, sealedSeeds }, blocks);
}

/** What a seed's commitment says of where it belongs. */
export function seedContext(header: Header, set: number): Uint8Array {
  return encodeBlock({ ...headerMap(header), set });
}
