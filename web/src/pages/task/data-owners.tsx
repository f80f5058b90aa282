import { useConnection } from "wagmi";
import { earningsOf, type Mark, scoreBook } from "../../chain/earnings";
import { eventsNamed } from "../../chain/events";
import { useNetwork } from "../../chain/hooks/context";
import type { Trainer } from "../../chain/types";
import { Address, Amount } from "../../ui/chain-values";
import { Card, Empty } from "../../ui/layout";
import { Table, type TableColumn } from "../../ui/table";
import type { Shown } from "./shown";

interface Row {
  readonly trainer: Trainer;
  readonly missed: number;
  readonly harmful: number;
  readonly earned: bigint;
  readonly collected: bigint;
}

/** Who joined, and what each has earned over all rounds. */
export function DataOwners({ detail: { task, rounds, trainers }, events, token }: Shown) {
  const { address } = useConnection();
  const { stakeToken } = useNetwork();
  const scores = scoreBook(events);
  const claims = eventsNamed(events, "RewardClaimed");
  const rows = trainers.map((trainer): Row => {
    const earnings = earningsOf(task, rounds, scores, trainer, 0n, 0);
    const marked = (wanted: Mark) => earnings.filter(({ mark }) => mark === wanted).length;
    const earned = earnings.reduce((sum, { reward }) => sum + reward, 0n);
    const collected = claims
      .filter(({ args }) => args.trainer === trainer.account)
      .reduce((sum, { args }) => sum + args.reward, 0n);
    return { trainer, missed: marked("missed"), harmful: marked("harmful"), earned, collected };
  });
  const columns: readonly TableColumn<Row>[] = [
    { name: "Data owner", cell: ({ trainer }) => <Address address={trainer.account} you={address} /> },
    {
      name: "Stake",
      end: true,
      cell: ({ trainer }) =>
        trainer.left ? (
          <span className="muted">taken back</span>
        ) : (
          <Amount amount={BigInt(trainer.units) * task.params.unitStake} token={stakeToken} />
        ),
    },
    { name: "Rounds missed", end: true, cell: ({ missed }) => missed },
    { name: "Rounds harmful", end: true, cell: ({ harmful }) => harmful },
    { name: "Earned", end: true, cell: ({ earned }) => <Amount amount={earned} token={token} /> },
    { name: "Collected", end: true, cell: ({ collected }) => <Amount amount={collected} token={token} /> },
  ];
  return (
    <Card title="Data owners">
      {rows.length === 0 ? (
        <Empty>Nobody has joined yet.</Empty>
      ) : (
        <Table
          caption="Who joined, and their earnings over all rounds"
          hideCaption
          columns={columns}
          rows={rows}
          rowKey={({ trainer }) => trainer.account}
        />
      )}
    </Card>
  );
}
