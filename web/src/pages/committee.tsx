import { useConnection } from "wagmi";
import { Link, useParams } from "wouter";
import { errorContext, explainError } from "../chain/errors";
import { useNetwork } from "../chain/hooks/context";
import { useCommittee } from "../chain/hooks/queries";
import { useCommitteeRecord } from "../chain/hooks/record";
import { exposureLimit } from "../chain/reads/committees";
import type { CommitteeRecord, SeatRecord } from "../chain/record";
import type { Committee, Seat, Task } from "../chain/types";
import { Address, Amount, Duration } from "../ui/chain-values";
import { Badge, Card, Empty, ErrorNote, Facts, Loading, Stats } from "../ui/layout";
import { usePageTitle } from "../ui/page-title";
import { Table, type TableColumn } from "../ui/table";
import { CommitteeBadge } from "./committees";
import { NotFoundPage } from "./not-found";

export default function CommitteePage() {
  const { id = "" } = useParams<{ id: string }>();
  if (!/^[1-9]\d{0,9}$/.test(id)) return <NotFoundPage />;
  return <Loaded id={BigInt(id)} />;
}

function Loaded({ id }: { readonly id: bigint }) {
  usePageTitle(`Committee ${id}`);
  const network = useNetwork();
  const { data, error, isError, refetch } = useCommittee(id);
  if (data) return <Detail committee={data} />;
  if (!isError) return <Loading what="the committee" />;
  return (
    <div className="stack">
      <h1>Committee {`${id}`}</h1>
      <ErrorNote onRetry={() => void refetch()}>{explainError(error, errorContext(network)).sentence}</ErrorNote>
    </div>
  );
}

function Detail({ committee }: { readonly committee: Committee }) {
  const { data: record } = useCommitteeRecord(committee);
  return (
    <div className="stack">
      <div className="row">
        <h1>Committee {`${committee.id}`}</h1>
        <CommitteeBadge committee={committee} />
      </div>
      <div className="columns">
        <Charter committee={committee} />
        <Service record={record ?? undefined} />
      </div>
      <Seats committee={committee} record={record ?? undefined} />
      <Tasks tasks={record?.tasks} />
    </div>
  );
}

function Charter({ committee }: { readonly committee: Committee }) {
  const { stakeToken } = useNetwork();
  const amount = (value: bigint) => <Amount amount={value} token={stakeToken} />;
  return (
    <Card title="Terms">
      <Facts
        items={[
          ["Members", `${committee.size}, of whom ${(committee.size - 1) / 3} may fail`],
          ["Stake of a seat", amount(committee.seatStake)],
          ["Stake of all", amount(committee.stakeTotal)],
          ["A missed or wrong vote costs", amount(committee.faultPenalty)],
          ["Pools it answers for now", amount(committee.exposureStake)],
          ["At most", amount(exposureLimit(committee))],
          ["Least fee per round", amount(committee.minFeeStake)],
          ["Shortest commit window", <Duration key="commit" seconds={committee.minCommitWindow} />],
          ["Shortest vote window", <Duration key="vote" seconds={committee.minVoteWindow} />],
          ["Least bond of a challenger", amount(committee.minChallengeBond)],
        ]}
      />
    </Card>
  );
}

function Service({ record }: { readonly record: CommitteeRecord | undefined }) {
  if (record === undefined) {
    return (
      <Card title="Record">
        <Loading what="the record" />
      </Card>
    );
  }
  return (
    <Card title="Record">
      <Stats
        items={[
          { label: "Tasks served", value: record.tasks.length },
          { label: "Rounds with a result", value: record.rounds },
          { label: "Rounds without one in time", value: record.expired },
          { label: "Overturned", value: record.overturned },
        ]}
      />
      <p className="muted small">
        Counted from the chain. Results that an arbiter overturned cost the members who voted for them their whole
        stake.
      </p>
    </Card>
  );
}

interface Row {
  readonly seat: Seat;
  readonly number: number;
  readonly record: SeatRecord | undefined;
}

function Seats({ committee, record }: { readonly committee: Committee; readonly record: CommitteeRecord | undefined }) {
  const { stakeToken } = useNetwork();
  const { address } = useConnection();
  const rows = committee.seats.map((seat, index): Row => ({ seat, number: index + 1, record: record?.seats[index] }));
  const columns: readonly TableColumn<Row>[] = [
    { name: "Seat", cell: ({ number }) => `Seat ${number}` },
    { name: "Member", cell: ({ seat }) => <Address address={seat.account} you={address} /> },
    { name: "State", cell: ({ seat }) => <SeatBadge seat={seat} /> },
    { name: "Stake", end: true, cell: ({ seat }) => <Amount amount={seat.stake} token={stakeToken} /> },
    { name: "Votes that held", end: true, cell: (row) => row.record?.matched ?? "…" },
    { name: "Missed or wrong", end: true, cell: (row) => row.record?.missed ?? "…" },
    {
      name: "Lost so far",
      end: true,
      cell: (row) => (row.record ? <Amount amount={row.record.slashed} token={stakeToken} /> : "…"),
    },
  ];
  return (
    <Card title="Members">
      <Table caption="Seats" hideCaption columns={columns} rows={rows} rowKey={({ number }) => `${number}`} />
    </Card>
  );
}

function SeatBadge({ seat }: { readonly seat: Seat }) {
  if (seat.left) return <Badge>Has left</Badge>;
  return BigInt(seat.recipient) === 0n ? (
    <Badge tone="waiting">Not enrolled</Badge>
  ) : (
    <Badge tone="good">Enrolled</Badge>
  );
}

function Tasks({ tasks }: { readonly tasks: readonly Task[] | undefined }) {
  return (
    <Card title="Its tasks">
      {tasks?.length === 0 ? <Empty>No task has been posted to it yet.</Empty> : null}
      <p className="row">
        {tasks?.map(({ id }) => (
          <Link key={`${id}`} href={`/task/${id}`}>
            Task {`${id}`}
          </Link>
        ))}
      </p>
    </Card>
  );
}
