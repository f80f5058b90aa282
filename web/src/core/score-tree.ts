/**
 * Scores as the market sees them: eight bytes each, and the Merkle tree that claims are proven against (R9).
 *
 * Leaves are in the order of joining. A parent is keccak256 of its children, the smaller one first; the last node of a
 * level with an odd count goes up unchanged. Leaves are hashed twice, so that no inner node passes for one.
 */
import { encodeAbiParameters, keccak256 } from "viem/utils";
import { fromHex, type Hex } from "./bytes";
import { InvalidInput } from "./errors";

const SCORE_BYTES = 8;
/** Highest score. */
export const MAX_SCORE = 1n << 63n;
/** Instead of a score: the trainer sent nothing, or nothing valid (R4). */
export const MISSED = (1n << 64n) - 1n;
/** Instead of a score: the update harmed the model (R3). */
export const HARMFUL = (1n << 64n) - 2n;

const LEAF = ["uint256", "address", "uint256", "uint256", "uint256", "uint64"].map((type) => ({ type }));

/** Score words of a reveal, eight big-endian bytes each. Throws InvalidInput unless the length fits. */
export function unpackScores(packed: Hex | Uint8Array): bigint[] {
  const bytes = typeof packed === "string" ? fromHex(packed) : packed;
  if (bytes.length % SCORE_BYTES) {
    throw new InvalidInput(`packed scores have ${bytes.length} bytes, expected a multiple of ${SCORE_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / SCORE_BYTES }, (_, i) => view.getBigUint64(i * SCORE_BYTES));
}

/** keccak256(keccak256(abi.encode(chainId, market, taskId, round, index, score))) for each, in the order of joining. */
export function scoreLeaves(
  chainId: number,
  market: Hex,
  taskId: bigint,
  round: number,
  scores: readonly bigint[],
): Hex[] {
  return scores.map((score, index) => {
    const words = [BigInt(chainId), market, taskId, BigInt(round), BigInt(index), score];
    return keccak256(keccak256(encodeAbiParameters(LEAF, words)));
  });
}

/** Root of the tree; a single leaf is its own root. Throws InvalidInput for no leaves. */
export function merkleRoot(leaves: readonly Hex[]): Hex {
  const root = levelsOf(leaves).at(-1)?.[0];
  if (root === undefined) throw new InvalidInput("a score tree needs at least one leaf");
  return root;
}

/** What a claim of the leaf at `index` is proven with. Throws InvalidInput for a leaf that does not exist. */
export function merkleProof(leaves: readonly Hex[], index: number): Hex[] {
  if (!(index in leaves)) throw new InvalidInput(`there is no leaf ${index}: the tree has ${leaves.length}`);
  const proof: Hex[] = [];
  let position = index;
  for (const level of levelsOf(leaves)) {
    const sibling = level[position ^ 1];
    if (sibling !== undefined) proof.push(sibling);
    position >>= 1;
  }
  return proof;
}

function levelsOf(leaves: readonly Hex[]): Hex[][] {
  const levels: Hex[][] = [];
  for (let level = [...leaves]; level.length; level = level.length > 1 ? parentsOf(level) : []) levels.push(level);
  return levels;
}

function parentsOf(level: readonly Hex[]): Hex[] {
  const parents: Hex[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const [a, b] = level.slice(i, i + 2);
    if (a !== undefined) parents.push(b === undefined ? a : parentOf(a, b));
  }
  return parents;
}

function parentOf(a: Hex, b: Hex): Hex {
  const [first, second] = a < b ? [a, b] : [b, a];
  return keccak256(`0x${first.slice(2)}${second.slice(2)}`);
}
