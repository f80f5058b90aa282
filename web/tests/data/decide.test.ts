import { describe, expect, test } from "vitest";
import { roundRelease } from "../../src/core/privacy";
import { decide, type Step, type TrainerView, taskKey } from "../../src/data/decide";
import { withReservation, withRound } from "../../src/data/ledger";
import { ALICE, agreed, DATA, FACTS, JOINING, POLICY, ROUND, SIGNED, SPEC, TERMS, TRAINING, VIEW } from "./scene";

const TASK = taskKey(TRAINING);
const BLOB = { round: 0, digest: DATA, consentNonce: 5n, noiseMicro: 0 } as const;
const joining: TrainerView = { ...VIEW, snapshot: JOINING };

function reasonOf(step: Step): string {
  return step.kind === "wait" ? step.reason : step.kind;
}

describe("while a task is joined", () => {
  test("locks what is missing of the stake, after allowing it", () => {
    expect(decide(joining)).toEqual({ kind: "join", units: 1, approve: 100n, deposit: 100n });
    const half = { ...FACTS, freeStake: 40n, stakeAllowance: 60n };
    expect(decide({ ...joining, facts: half })).toEqual({ kind: "join", units: 1, approve: 0n, deposit: 60n });
    expect(decide({ ...joining, facts: { ...FACTS, freeStake: 100n } })).toMatchObject({ deposit: 0n, approve: 0n });
  });

  test.each<[string, Partial<TrainerView>]>([
    ["done", { snapshot: { ...JOINING, block: { number: 11n, timestamp: 1000n } } }],
    ["starts-soon", { snapshot: { ...JOINING, trainers: TRAINING.trainers } }],
    ["stake", { facts: { ...FACTS, stakeBalance: 99n } }],
    ["stake", { consent: agreed({ stakeUnits: 3 }) }],
    ["stake", { consent: agreed({ stakeUnits: 0 }) }],
    ["no-consent", { consent: null }],
  ])("%s", (reason, changes) => {
    expect(reasonOf(decide({ ...joining, ...changes }))).toBe(reason);
  });
});

describe("before and in every round alike", () => {
  const noised = { ...SPEC, noiseMicro: 4_000_000 };
  const dataSet = { ...VIEW.dataSet, columns: VIEW.dataSet.columns.slice(0, 2) };
  const texts = {
    ...VIEW.dataSet,
    columns: VIEW.dataSet.columns.map((column) => ({ ...column, kind: "text" as const, distinct: 1, examples: [] })),
  };

  test.each<[string, Partial<TrainerView>]>([
    ["paused", { policy: { ...POLICY, paused: true } }],
    ["no-consent", { consent: null }],
    ["no-consent", { consent: { ...SIGNED, withdrawnAt: 3n } }],
    ["no-consent", { consent: agreed({ expiresAt: 900n }) }],
    ["no-consent", { consent: agreed({ task: 8n }) }],
    ["no-consent", { consent: agreed({ chain: 1 }) }],
    ["no-consent", { consent: agreed({ market: ALICE }) }],
    ["no-consent", { consent: agreed({ account: TERMS.rewardToken }) }],
    ["no-consent", { consent: agreed({ rewardToken: ALICE }) }],
    ["needs-agent", { spec: { ...SPEC, family: "mlp" } }],
    [
      "needs-agent",
      {
        spec: {
          ...SPEC,
          kind: "sealed",
          key: new Uint8Array(),
          keyProof: new Uint8Array(),
          dataBits: 8,
          weightNormMicro: 1,
        },
      },
    ],
    ["policy", { policy: { ...POLICY, columns: ["age", "dose"] } }],
    ["policy", { policy: { ...POLICY, purposes: [] } }],
    ["policy", { policy: { ...POLICY, rewards: [] } }],
    ["policy", { policy: { ...POLICY, rewards: [{ token: TERMS.rewardToken, minimumPerRound: 251n }] } }],
    ["policy", { consent: agreed({ columns: ["age", "ill"] }) }],
    ["policy", { consent: agreed({ minimumRewardPerRound: 251n }) }],
    ["data", { consent: agreed({ dataSet: `0x${"00".repeat(32)}` }) }],
    ["data", { dataSet }],
    ["data", { dataSet: texts }],
    ["budget", { policy: { ...POLICY, privacy: { epsilon: 100, delta: 1e-5 } } }],
    ["budget", { consent: agreed({ privacy: { epsilon: 100, delta: 1e-5 } }) }],
    ["budget", { spec: noised, policy: { ...POLICY, privacy: { epsilon: 0.5, delta: 1e-5 } } }],
  ])("%s", (reason, changes) => {
    expect(reasonOf(decide({ ...joining, ...changes }))).toBe(reason);
    expect(reasonOf(decide({ ...VIEW, ...changes }))).toBe(reason);
    expect(reasonOf(decide({ ...VIEW, blob: BLOB, ...changes }))).toBe(reason);
  });

  test("a budget that covers the whole task is enough, one that covers a round is not", () => {
    // A round costs mu 1/2: epsilon 2.1 at delta 1e-5 for one, 4.0 for three.
    const release = roundRelease(3, 1, 4);
    const within = (epsilon: number) => ({ ...POLICY, privacy: { epsilon, delta: 1e-5 } });
    expect(decide({ ...joining, spec: noised, policy: within(5) }).kind).toBe("join");
    expect(reasonOf(decide({ ...joining, spec: noised, policy: within(3) }))).toBe("budget");
    expect(decide({ ...VIEW, spec: noised, policy: within(3) }).kind).toBe("train");
    const others = withReservation(VIEW.ledger, "another task", release, 3);
    expect(reasonOf(decide({ ...VIEW, spec: noised, policy: within(3), ledger: others }))).toBe("budget");
    const own = withReservation(VIEW.ledger, TASK, release, 3);
    expect(decide({ ...VIEW, spec: noised, policy: within(3), ledger: own }).kind).toBe("train");
  });
});

describe("in a round", () => {
  test("trains, and submits what lies here", () => {
    expect(decide(VIEW)).toEqual({ kind: "train", round: 0 });
    expect(decide({ ...VIEW, blob: BLOB })).toEqual({ kind: "submit", round: 0, digest: DATA });
  });

  test.each([
    ["an older round", { round: 1 }],
    ["another consent", { consentNonce: 6n }],
  ])("trains again when the blob is of %s", (_, changes) => {
    expect(decide({ ...VIEW, blob: { ...BLOB, ...changes } }).kind).toBe("train");
  });

  test("trains again when more noise is asked for by now", () => {
    expect(decide({ ...VIEW, blob: BLOB, policy: { ...POLICY, noiseMicro: 1 } }).kind).toBe("train");
  });

  test("a round that was counted is tried again within a budget that it used up", () => {
    const spec = { ...SPEC, noiseMicro: 4_000_000 };
    const policy = { ...POLICY, privacy: { epsilon: 3, delta: 1e-5 } };
    const release = roundRelease(3, 1, 4);
    const ledger = [1, 2, 0].reduce((kept, round) => withRound(kept, TASK, round, release, 1n), VIEW.ledger);
    const blob = { ...BLOB, noiseMicro: 4_000_000 };
    expect(decide({ ...VIEW, spec, policy, ledger, blob }).kind).toBe("submit");
    const uncounted = { ...ledger, entries: ledger.entries.slice(0, 2) };
    expect(reasonOf(decide({ ...VIEW, spec, policy, ledger: uncounted, blob }))).toBe("budget");
  });

  test.each<[string, Partial<typeof TRAINING>]>([
    ["submitted", { submissions: [{ round: 0, index: 1, digest: DATA }] }],
    ["train", { submissions: [{ round: 0, index: 0, digest: DATA }] }],
    ["round-closed", { block: { number: 21n, timestamp: 2000n } }],
    ["done", { trainers: TRAINING.trainers.slice(0, 1) }],
    ["other-device", { trainers: TRAINING.trainers.map((trainer) => ({ ...trainer, recipient: DATA })) }],
  ])("%s", (reason, changes) => {
    expect(reasonOf(decide({ ...VIEW, snapshot: { ...TRAINING, ...changes } }))).toBe(reason);
  });
});

describe("after the end", () => {
  const word = (score: bigint) => score.toString(16).padStart(16, "0");
  const over = {
    ...TRAINING,
    status: "completed" as const,
    reveals: [
      { round: 0, modelDigest: DATA, progressWad: 0n, released: 0n, scores: `0x${word(1n)}${word(3n)}` as const },
      { round: 1, modelDigest: DATA, progressWad: 0n, released: 0n, scores: `0x${word(1n)}${"f".repeat(16)}` as const },
    ],
    revealedRounds: [0, 1].map((round) => ({ ...ROUND, round, revealedAt: 1n, basis: 100n, totalScore: 4n })),
  };

  test("waits, claims what pays, leaves, withdraws", () => {
    const step = (changes: Partial<typeof over>, facts = FACTS) =>
      decide({ ...VIEW, snapshot: { ...over, ...changes }, facts, consent: null });
    expect(reasonOf(step({ unsettled: 1 }))).toBe("unsettled");
    const claim = step({});
    expect(claim).toMatchObject({ kind: "claim", claims: [{ round: 0, score: 3n }] });
    expect(claim.kind === "claim" && claim.claims[0]?.proof).toHaveLength(1);
    expect(step({}, { ...FACTS, claimedRounds: 1n }).kind).toBe("leave");
    expect(step({}, { ...FACTS, claimedRounds: 1n, left: true, freeStake: 7n })).toEqual({
      kind: "withdraw",
      amount: 7n,
    });
    expect(step({}, { ...FACTS, claimedRounds: 1n, left: true }).kind).toBe("done");
  });

  test("shares what silent members lost in a round that expired, once", () => {
    const failed = { ...TRAINING, status: "failed" as const, round: 1, current: { ...ROUND, slashShare: 9n } };
    const submitter = { ...FACTS, submittedRounds: 2 };
    expect(decide({ ...VIEW, snapshot: failed, facts: submitter }).kind).toBe("claim-expired");
    expect(decide({ ...VIEW, snapshot: failed, facts: { ...submitter, claimedRounds: 2n } }).kind).toBe("leave");
    expect(decide({ ...VIEW, snapshot: failed, facts: { ...FACTS, submittedRounds: 1 } }).kind).toBe("leave");
    expect(decide({ ...VIEW, snapshot: { ...failed, current: ROUND }, facts: submitter }).kind).toBe("leave");
  });

  test("a round of a hundred is claimed in parts", () => {
    const rounds = Array.from({ length: 40 }, (_, round) => round);
    const [first] = over.reveals;
    const reveals = rounds.flatMap((round) => (first ? [{ ...first, round }] : []));
    const revealedRounds = rounds.map((round) => ({ ...ROUND, round, basis: 100n, totalScore: 4n }));
    const step = decide({ ...VIEW, snapshot: { ...over, reveals, revealedRounds } });
    expect(step.kind === "claim" && step.claims.map((claim) => claim.round)).toEqual(rounds.slice(0, 16));
  });

  test.each<[string, Partial<typeof ROUND>, bigint, boolean]>([
    ["a score that pays", { basis: 4n, totalScore: 4n }, 1n, true],
    ["a score too small to pay", { basis: 3n, totalScore: 4n }, 1n, false],
    ["a share of fines only", { harmPot: 4n, totalScore: 4n }, 1n, true],
    ["nothing scored", {}, 0n, false],
    ["a share of what others missed", { missShare: 1n }, 0n, true],
    ["a harmful update", { basis: 100n, totalScore: 4n }, 2n ** 64n - 2n, false],
    ["a harmful update in an overturned round", { dispute: "overturned" }, 2n ** 64n - 2n, true],
    ["a missed overturned round", { dispute: "overturned" }, 2n ** 64n - 1n, true],
    ["a score in an overturned round", { dispute: "overturned", basis: 100n, totalScore: 4n }, 4n, false],
  ])("%s: claimed %s", (_, facts, score, pays) => {
    const [first] = over.reveals;
    const scores = `0x${word(1n)}${word(score)}` as const;
    const snapshot = {
      ...over,
      reveals: first ? [{ ...first, scores }] : [],
      revealedRounds: [{ ...ROUND, ...facts }],
    };
    expect(decide({ ...VIEW, snapshot }).kind === "claim").toBe(pays);
  });

  test("strangers have nothing to do", () => {
    expect(decide({ ...VIEW, snapshot: { ...over, trainers: [] } }).kind).toBe("done");
  });
});
