import { describe, expect, test } from "vitest";
import { canJoin, possibleActions, type Viewer } from "../../src/chain/actions";
import { Dispute, Status } from "../../src/chain/types";
import { ALICE, ETHER, OWNER, round, T0, task, trainer } from "./samples";

const ARBITER = "0x9999999999999999999999999999999999999999";
const stranger: Viewer = { account: ALICE, trainer: undefined, seat: undefined };
const owner: Viewer = { ...stranger, account: OWNER };
const joined: Viewer = { ...stranger, trainer: trainer() };

function kinds(...args: Parameters<typeof possibleActions>): readonly string[] {
  return possibleActions(...args).map(({ kind }) => kind);
}

describe("before the start", () => {
  const open = task({ status: Status.Joining, trainerCount: 0 });

  test("the owner may cancel as long as nobody joined", () => {
    expect(kinds(open, [], owner, T0 - 1)).toEqual(["cancel"]);
    expect(kinds({ ...open, trainerCount: 1 }, [], owner, T0 - 1)).toEqual([]);
    expect(kinds(open, [], stranger, T0 - 1)).toEqual([]);
  });

  test("when joining is over anybody may start or cancel, once", () => {
    expect(kinds({ ...open, trainerCount: 3 }, [], stranger, T0)).toEqual(["start"]);
    expect(kinds(open, [], owner, T0)).toEqual(["cancel"]);
  });

  test("joining: while there is time and a place, once", () => {
    expect(canJoin(open, null, T0 - 1)).toBe(true);
    expect(canJoin(open, stranger, T0)).toBe(false);
    expect(canJoin({ ...open, trainerCount: 5 }, stranger, T0 - 1)).toBe(false);
    expect(canJoin(open, joined, T0 - 1)).toBe(false);
  });
});

describe("during training", () => {
  test("the owner may end, once", () => {
    expect(kinds(task(), [round()], owner, T0)).toEqual(["end"]);
    expect(kinds(task({ endRequested: true }), [round()], owner, T0)).toEqual([]);
  });

  test("anybody may expire a late round", () => {
    expect(kinds(task(), [round()], stranger, T0 + 300)).toEqual(["expire"]);
  });

  test("a final round may be settled, an earlier one of a task with an arbiter challenged", () => {
    const revealed = round({ revealedAt: T0 + 200 });
    const next = round({ number: 1 });
    expect(kinds(task({ round: 1 }), [revealed, next], stranger, T0 + 240)).toEqual([]);
    expect(kinds(task({ round: 1 }, { arbiter: ARBITER }), [revealed, next], stranger, T0 + 240)).toEqual([
      "challenge",
    ]);
    expect(kinds(task({ round: 1 }, { arbiter: ARBITER }), [revealed, next], stranger, T0 + 300)).toContain("settle");
  });

  test("a challenge that nobody rules on lapses after 30 days", () => {
    const disputed = round({ revealedAt: T0 + 200, dispute: Dispute.Open, disputedAt: T0 + 210 });
    const ended = task({ status: Status.Completed, unsettled: 1 });
    expect(kinds(ended, [disputed], stranger, T0 + 210 + 30 * 86_400 - 1)).toEqual([]);
    expect(kinds(ended, [disputed], stranger, T0 + 210 + 30 * 86_400)).toEqual(["lapse"]);
  });
});

describe("after the end", () => {
  const over = task({ status: Status.Completed, committeeReleased: true });
  const settled = round({ revealedAt: T0 + 200, settled: true });

  test("stakes come free when all is settled", () => {
    expect(kinds(over, [settled], joined, T0 + 9999)).toEqual(["leave"]);
    expect(kinds({ ...over, unsettled: 1 }, [settled], joined, T0 + 9999)).toEqual([]);
    expect(kinds(over, [settled], { ...joined, trainer: trainer({ left: true }) }, T0 + 9999)).toEqual([]);
  });

  test("the owner gets what is left, anybody closes", () => {
    expect(kinds({ ...over, refundable: ETHER, committeeReleased: false }, [settled], owner, T0 + 9999)).toEqual([
      "refund",
      "close",
    ]);
  });

  test("of an expired round: its submitters, or the voters where nobody submitted (R6)", () => {
    const failed = task({ status: Status.Failed, committeeReleased: true, unsettled: 1 });
    const expired = round({ slashShare: 5n, votedMask: 0b0010 });
    const voter: Viewer = { ...stranger, seat: 1 };
    expect(kinds(failed, [expired], joined, T0 + 9999)).toEqual(["claimExpired"]);
    expect(kinds(failed, [expired], voter, T0 + 9999)).toEqual([]);
    expect(kinds(failed, [{ ...expired, submitted: 0 }], voter, T0 + 9999)).toEqual(["claimExpired"]);
    expect(kinds(failed, [{ ...expired, submitted: 0 }], { ...voter, seat: 0 }, T0 + 9999)).toEqual([]);
  });
});
