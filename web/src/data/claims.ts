/** Which rounds pay a trainer something, and the proofs to claim it with; as deltaml/client/trainer.py. */
import { HARMFUL, MISSED, merkleProof, scoreLeaves, unpackScores } from "../core/score-tree";
import type { AccountFacts, Claim, RoundFacts, TaskSnapshot } from "./ports";

export const CLAIMS_PER_TRANSACTION = 16;

/** The next claims of the trainer at `index`, oldest round first, as many as fit in one transaction. */
export function claimsDue(snapshot: TaskSnapshot, facts: AccountFacts, index: number): Claim[] {
  const { chainId, market, taskId, reveals, revealedRounds } = snapshot;
  const claims: Claim[] = [];
  for (const reveal of [...reveals].sort((a, b) => a.round - b.round)) {
    const state = revealedRounds.find((round) => round.round === reveal.round);
    const scores = unpackScores(reveal.scores);
    const score = scores[index];
    const claimed = (facts.claimedRounds >> BigInt(reveal.round)) & 1n;
    if (claimed || !state || score === undefined || !earns(state, score, snapshot, index)) continue;
    const proof = merkleProof(scoreLeaves(chainId, market, taskId, reveal.round, scores), index);
    claims.push({ round: reveal.round, score, proof });
  }
  return claims.slice(0, CLAIMS_PER_TRANSACTION);
}

/**
 * Whether a claim with this score word pays anything, reward or stake. The market refuses a claim of nothing, and one
 * that always fails would keep the page from leaving the task.
 */
export function earns(state: RoundFacts, score: bigint, snapshot: TaskSnapshot, index: number): boolean {
  const { terms, trainers } = snapshot;
  if (state.dispute === "overturned") {
    const units = BigInt(trainers[index]?.units ?? 0);
    if (score === MISSED) return terms.missPenalty > 0n;
    return score === HARMFUL && (units * terms.unitStake * BigInt(terms.harmPenaltyBps)) / 10_000n > 0n;
  }
  if (score === MISSED) return false;
  if (state.missShare) return true;
  const pays = (pot: bigint) => state.totalScore > 0n && state.totalScore <= score * pot;
  return score !== HARMFUL && (pays(state.basis) || pays(state.harmPot));
}
