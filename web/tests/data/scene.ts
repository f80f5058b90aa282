/** A task, its owner's spec and a data owner as frozen views; each test says only what is different. */
import type { Hex } from "../../src/core/bytes";
import type { OpenSpec } from "../../src/core/open-spec";
import type { Consent, SignedConsent } from "../../src/data/consent";
import type { TrainerView } from "../../src/data/decide";
import { EMPTY_LEDGER } from "../../src/data/ledger";
import type { Policy } from "../../src/data/policy";
import type { AccountFacts, RoundFacts, TaskSnapshot, TaskTerms } from "../../src/data/ports";

export const ALICE: Hex = `0x${"a1".repeat(20)}`;
export const BOB: Hex = `0x${"b0".repeat(20)}`;
export const MARKET: Hex = `0x${"aa".repeat(20)}`;
export const TOKEN: Hex = `0x${"70".repeat(20)}`;
export const DATA: Hex = `0x${"da".repeat(32)}`;
export const RECIPIENT: Hex = `0x${"0e".repeat(32)}`;
const DIGEST: Hex = `0x${"11".repeat(32)}`;
const MICRO = 1_000_000;

export const SPEC: OpenSpec = {
  kind: "open",
  name: "toy",
  purpose: "tests",
  family: "logistic",
  shape: { nFeatures: 2 },
  l2Nano: 0,
  columns: ["age", "dose"].map((name) => ({ name, centerMicro: 0n, scaleMicro: BigInt(MICRO) })),
  target: { name: "ill", kind: "classes", classes: ["no", "yes"], centerMicro: 0n, scaleMicro: BigInt(MICRO) },
  fractionBits: 24,
  gradientBits: 24,
  clipNormMicro: MICRO,
  noiseMicro: 0,
  gradientNormMicro: 4 * MICRO,
  minUpdates: 3,
  maxWeightSum: 8,
  turnSeconds: 10,
  ownerRecipient: new Uint8Array(32),
  epochs: 2,
  batchSize: 0,
  learningRateMicro: 500_000,
  momentumMicro: 0,
  dropNegative: false,
  publicSteps: 0,
  progressRule: "log",
  baselineLossMicro: 693_147,
  targetLossMicro: 100_000,
  validation: new Uint8Array(32),
  validationRows: 10,
};

export const TERMS: TaskTerms = {
  rewardToken: TOKEN,
  pool: 3000n,
  committeeId: 1n,
  specDigest: DIGEST,
  modelDigest: DIGEST,
  rounds: 3,
  minTrainers: 1,
  maxTrainers: 4,
  maxUnits: 2,
  unitStake: 100n,
  missPenalty: 10n,
  harmPenaltyBps: 500,
  progressRule: "measured",
};

export const ROUND: RoundFacts = {
  round: 0,
  openedAt: 1000n,
  closesAt: 2000n,
  revealedAt: 0n,
  basis: 0n,
  totalScore: 0n,
  missShare: 0n,
  harmPot: 0n,
  slashShare: 0n,
  dispute: "none",
};

export const JOINING: TaskSnapshot = {
  chainId: 31337,
  market: MARKET,
  taskId: 7n,
  block: { number: 10n, timestamp: 900n },
  status: "joining",
  terms: TERMS,
  owner: BOB,
  joinEndsAt: 1000n,
  round: 0,
  unsettled: 0,
  current: ROUND,
  trainers: [],
  submissions: [],
  announcements: [],
  reveals: [],
  revealedRounds: [],
  committee: [],
};

export const TRAINING: TaskSnapshot = {
  ...JOINING,
  status: "training",
  block: { number: 20n, timestamp: 1500n },
  trainers: [
    { account: BOB, units: 1, recipient: DIGEST },
    { account: ALICE, units: 1, recipient: RECIPIENT },
  ],
};

export const FACTS: AccountFacts = {
  freeStake: 0n,
  stakeBalance: 1000n,
  stakeAllowance: 0n,
  claimedRounds: 0n,
  left: false,
  submittedRounds: 0,
};

export const POLICY: Policy = {
  columns: ["age", "dose", "ill"],
  purposes: ["research on ills"],
  rewards: [{ token: TOKEN, minimumPerRound: 100n }],
  privacy: null,
  noiseMicro: 0,
  paused: false,
};

export const CONSENT: Consent = {
  task: 7n,
  market: MARKET,
  chain: 31337,
  account: ALICE,
  dataSet: DATA,
  columns: ["age", "dose", "ill"],
  purpose: "research on ills",
  rewardToken: TOKEN,
  minimumRewardPerRound: 100n,
  privacy: null,
  noiseMicro: 0,
  stakeUnits: 1,
  expiresAt: 10_000n,
  nonce: 5n,
};

export const SIGNED: SignedConsent = { consent: CONSENT, signature: "0x", signedAt: 1n, withdrawnAt: 0n };

export const VIEW: TrainerView = {
  account: ALICE,
  snapshot: TRAINING,
  facts: FACTS,
  spec: SPEC,
  dataSet: {
    digest: DATA,
    name: "people.csv",
    rows: 4,
    columns: [
      { kind: "number", name: "age", low: 0, high: 99 },
      { kind: "number", name: "dose", low: 0, high: 1 },
      { kind: "text", name: "ill", distinct: 2, examples: ["no", "yes"] },
    ],
  },
  policy: POLICY,
  ledger: EMPTY_LEDGER,
  consent: SIGNED,
  blob: null,
  recipient: RECIPIENT,
};

export function agreed(changes: Partial<Consent>): SignedConsent {
  return { ...SIGNED, consent: { ...CONSENT, ...changes } };
}
