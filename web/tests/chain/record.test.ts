import { expect, test } from "vitest";
import { committeeRecord } from "../../src/chain/record";
import { Dispute, Status } from "../../src/chain/types";
import { round, T0, task } from "./samples";

test("a record counts votes that held, faults of settled rounds, and rounds without a result", () => {
  const revealed = { revealedAt: T0 + 200 };
  const served = [
    {
      task: task({ id: 1n, status: Status.Completed }),
      rounds: [
        round({ ...revealed, matchedMask: 0b0111, settled: true }),
        // Not settled: the fourth member may still vote.
        round({ ...revealed, number: 1, matchedMask: 0b0111 }),
      ],
    },
    {
      task: task({ id: 2n, status: Status.Failed }),
      rounds: [round({ ...revealed, settled: true, dispute: Dispute.Overturned }), round({ number: 1 })],
    },
    // Ended by its owner with a round that had no updates: nobody's fault.
    { task: task({ id: 3n, status: Status.Completed }), rounds: [round({ submitted: 0 })] },
  ];
  const record = committeeRecord(4, served, new Map([[3, 5n]]));
  expect(record).toMatchObject({ rounds: 3, expired: 1, overturned: 1 });
  expect(record.seats.map(({ matched, missed, slashed }) => [matched, missed, slashed])).toEqual([
    [3, 0, 0n],
    [3, 0, 0n],
    [3, 0, 0n],
    [1, 1, 5n],
  ]);
});
