import { describe, expect, it } from "vitest";
import type { Committee, TaskParams } from "../../src/chain/types";
import { Table } from "../../src/core/table";
import { type CommitteeTerms, committeeProblems, leastFee, poolLeft } from "../../src/owner/committee-terms";
import { type Draft, type DraftSection, type DraftValue, withValue } from "../../src/owner/draft";
import { makeParams } from "../../src/owner/params";
import { draftProblems } from "../../src/owner/problems";
import { makeSpec } from "../../src/owner/spec";
import { STARTING_DRAFT } from "../../src/owner/starting-draft";

const TABLE = await Table.fromCsv(`a,b,note,ill\n${"1,2,x,yes\n2,1,y,no\n3,5,z,yes\n".repeat(20)}`);

const FINE: Draft = {
  ...STARTING_DRAFT,
  model: { ...STARTING_DRAFT.model, name: "Risk" },
  data: { purpose: "To help", columns: ["a", "b"], target: "ill", classes: ["no", "yes"] },
  progress: { baseline_loss: 0.7, target_loss: 0.3 },
  market: { ...STARTING_DRAFT.market, committee: 1 },
};

const changed = (path: string, value: DraftValue | undefined): Draft => {
  const [section, name] = path.split(".") as [DraftSection, string];
  return withValue(FINE, section, name, value);
};

describe("a draft without fault", () => {
  it("has no problems, and is a specification", () => {
    expect(draftProblems(FINE, TABLE)).toEqual({});
    expect(makeSpec(FINE, TABLE, new Uint8Array(32).fill(9)).name).toBe("Risk");
  });
});

describe("what is wrong is said at its field", () => {
  it.each<[string, DraftValue | undefined, RegExp, string?]>([
    ["model.name", undefined, /can't be left empty/],
    ["model.name", "x".repeat(2001), /2,000 characters/],
    ["market.pool", "a lot", /not a number/],
    ["market.rounds", 2.5, /whole number/],
    ["market.rounds", 257, /At most 256/],
    ["training.learning_rate", 0, /At least/],
    ["training.momentum", 1, /At most/],
    ["privacy.min_updates", 2, /At least 3/],
    ["market.vote_seconds", 1200, /more than twice/],
    ["market.miss_penalty", 2, /more than the stake/],
    ["market.harm_penalty_bps", 1001, /whole stake/],
    ["market.max_trainers", 2, /not be more/, "market.min_trainers"],
    ["market.min_trainers", 2, /no sum could ever/],
    ["progress.target_loss", 0.7, /below the baseline/],
    ["market.arbiter", "0x12", /0x and 40/],
    ["data.columns", [], /at least one column/],
    ["data.columns", ["a", "ill"], /can't be an input/],
    ["data.columns", ["a", "note"], /not a finite number/],
    ["data.columns", ["a", "height"], /height is missing/],
    ["data.target", "", /Choose the column/],
    ["data.target", "height", /no column height/],
    ["data.classes", ["yes"], /exactly two/],
    ["data.classes", ["yes", "maybe"], /not one of/],
  ])("%s = %j", (path, value, said, at = path) => {
    expect(draftProblems(changed(path, value), TABLE)[at]).toMatch(said);
  });
  it("a missing file", () => {
    expect(draftProblems(FINE, null)).toEqual({ "data.file": expect.stringMatching(/Choose a CSV/) });
  });
});

const E18 = 10n ** 18n;
const COMMITTEE: Committee = {
  id: 1n,
  size: 4,
  enrolled: 4,
  retired: false,
  openTasks: 0,
  exposureBps: 5_000,
  minCommitWindow: 60,
  minVoteWindow: 600,
  minFeeStake: E18,
  minChallengeBond: 7n * E18,
  seatStake: 500n * E18,
  faultPenalty: E18,
  exposureStake: 100n * E18,
  stakeTotal: 2_000n * E18,
  seats: [],
};
const TERMS: CommitteeTerms = { committee: COMMITTEE, rateWad: 2n * E18, acceptsArbiter: false };
const DIGEST = `0x${"00".repeat(32)}` as const;

function refused(terms: CommitteeTerms, change: Partial<TaskParams>): Readonly<Record<string, string>> {
  const params = { ...makeParams(FINE, `0x${"11".repeat(20)}`, DIGEST, DIGEST), ...change };
  return committeeProblems(
    terms,
    params,
    (wei) => `${wei / E18} RWD`,
    (wei) => `${wei / E18} STAKE`,
  );
}

describe("a committee's terms", () => {
  it("leave room for pools that its stake covers", () => {
    expect(poolLeft(TERMS)).toBe(450n * E18);
    expect(leastFee(TERMS)).toBe(E18 / 2n);
    expect(poolLeft({ ...TERMS, rateWad: 0n })).toBe(0n);
  });
  it("accept the starting draft", () => {
    expect(refused(TERMS, {})).toEqual({});
  });
  it.each<[string, CommitteeTerms, Partial<TaskParams>, RegExp]>([
    ["market.committee", { ...TERMS, committee: { ...COMMITTEE, retired: true } }, {}, /retired/],
    ["market.committee", { ...TERMS, committee: { ...COMMITTEE, enrolled: 3 } }, {}, /Only 3 of its 4/],
    ["market.reward_token", { ...TERMS, rateWad: 0n }, {}, /does not accept this token/],
    ["market.pool", TERMS, { pool: 451n * E18 }, /only 450 RWD more/],
    ["market.fee_per_round", TERMS, { feePerRound: 1n }, /works for/],
    ["market.commit_seconds", TERMS, { commitWindow: 59 }, /60 seconds/],
    ["market.vote_seconds", TERMS, { voteWindow: 599 }, /600 seconds/],
    ["market.arbiter", TERMS, { arbiter: `0x${"22".repeat(20)}` }, /does not accept this arbiter/],
    ["market.challenge_bond", TERMS, { arbiter: `0x${"22".repeat(20)}` }, /at least 7 STAKE/],
  ])("%s", (field, terms, change, said) => {
    expect(refused(terms, change)[field]).toMatch(said);
  });
});
