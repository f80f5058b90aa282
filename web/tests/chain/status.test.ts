import { describe, expect, test } from "vitest";
import { finalAt, isRoundFinal, phaseOf, standingOf } from "../../src/chain/status";
import { Dispute, Phase, Status } from "../../src/chain/types";
import { round, T0, task } from "./samples";

const QUORUM = `0x${"11".repeat(32)}` as const;

describe("phase of the current round", () => {
  // Half-open windows, as in ITaskMarket: the second in which one ends belongs to the next.
  test.each([
    [T0, Phase.Submitting],
    [T0 + 99, Phase.Submitting],
    [T0 + 100, Phase.Committing],
    [T0 + 120, Phase.Opening],
    [T0 + 140, Phase.Voting],
    [T0 + 299, Phase.Voting],
    [T0 + 300, Phase.Overdue],
  ])("at %i", (now, phase) => {
    expect(phaseOf(task(), round(), now)).toBe(phase);
  });

  test("a quorum may still be revealed for a commit window after the vote", () => {
    const agreed = round({ quorumHash: QUORUM });
    expect(phaseOf(task(), agreed, T0 + 319)).toBe(Phase.Voting);
    expect(phaseOf(task(), agreed, T0 + 320)).toBe(Phase.Overdue);
  });

  test("only training tasks have one", () => {
    expect(phaseOf(task({ status: Status.Completed }), round(), T0)).toBe(Phase.None);
  });
});

describe("standing", () => {
  test("open until joining ends", () => {
    const standing = standingOf(task({ status: Status.Joining }), undefined, T0 - 1);
    expect(standing).toMatchObject({ label: "Open", due: null, deadline: { at: T0 } });
  });

  test("enough joined: anybody may start", () => {
    expect(standingOf(task({ status: Status.Joining }), undefined, T0)).toMatchObject({ due: "start", deadline: null });
  });

  test("too few joined: anybody may cancel", () => {
    expect(standingOf(task({ status: Status.Joining, trainerCount: 2 }), undefined, T0).due).toBe("cancel");
  });

  test("overdue: anybody may expire", () => {
    expect(standingOf(task(), round(), T0 + 300)).toMatchObject({ label: "Overdue", tone: "bad", due: "expire" });
  });

  test("a deadline is always in the future", () => {
    for (let now = T0; now < T0 + 300; now += 7) {
      expect(standingOf(task(), round(), now).deadline?.at).toBeGreaterThan(now);
    }
  });

  test.each([
    [Status.Completed, "Completed"],
    [Status.Failed, "Failed"],
    [Status.Cancelled, "Cancelled"],
  ])("ended %i", (status, label) => {
    expect(standingOf(task({ status }), undefined, T0)).toMatchObject({ label, due: null, deadline: null });
  });
});

describe("final", () => {
  const revealed = round({ revealedAt: T0 + 280 });

  test("after the vote and the challenge window, whichever is later", () => {
    expect(finalAt(task(), revealed)).toBe(T0 + 330);
    expect(finalAt(task(), round({ revealedAt: T0 + 150 }))).toBe(T0 + 300);
    expect(isRoundFinal(task(), revealed, T0 + 329)).toBe(false);
    expect(isRoundFinal(task(), revealed, T0 + 330)).toBe(true);
  });

  test("never before the reveal or under dispute", () => {
    expect(finalAt(task(), round())).toBeNull();
    expect(isRoundFinal(task(), { ...revealed, dispute: Dispute.Open }, T0 + 10_000)).toBe(false);
  });

  test("a settled round is final whatever the clock", () => {
    expect(isRoundFinal(task(), { ...revealed, settled: true }, T0)).toBe(true);
  });
});
