import { describe, expect, test } from "vitest";
import type { Hex } from "../../src/core/bytes";
import { InvalidInput } from "../../src/core/errors";
import { HARMFUL, MISSED, merkleProof, merkleRoot, scoreLeaves, unpackScores } from "../../src/core/score-tree";
import { vectors } from "../vectors";

interface ScoreVectors {
  chainId: number;
  market: Hex;
  taskId: number;
  round: number;
  missed: string;
  harmful: string;
  trees: { scores: string[]; packed: Hex; leaves: Hex[]; root: Hex; proofs: Hex[][] }[];
}

const VECTORS = vectors<ScoreVectors>("scores");

describe("score trees", () => {
  test.each(VECTORS.trees.map((tree) => [tree.scores.length, tree] as const))("of %s trainers", (_, tree) => {
    const scores = unpackScores(tree.packed);
    const leaves = scoreLeaves(VECTORS.chainId, VECTORS.market, BigInt(VECTORS.taskId), VECTORS.round, scores);
    expect(scores.map(String)).toEqual(tree.scores);
    expect(leaves).toEqual(tree.leaves);
    expect(merkleRoot(leaves)).toBe(tree.root);
    expect(leaves.map((_leaf, index) => merkleProof(leaves, index))).toEqual(tree.proofs);
  });

  test("marks", () => {
    expect([MISSED, HARMFUL].map(String)).toEqual([VECTORS.missed, VECTORS.harmful]);
  });

  test("what is no tree is refused", () => {
    expect(() => unpackScores("0x00")).toThrow(InvalidInput);
    expect(() => merkleRoot([])).toThrow(InvalidInput);
    expect(() => merkleProof(["0x00"], 1)).toThrow(InvalidInput);
  });
});
