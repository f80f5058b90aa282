import { Link } from "wouter";
import { errorContext, explainError } from "../chain/errors";
import { useNetwork } from "../chain/hooks/context";
import { useCommittees, useRate } from "../chain/hooks/queries";
import { formatAmount } from "../chain/money";
import { exposureLimit } from "../chain/reads/committees";
import type { Committee } from "../chain/types";
import { Amount } from "../ui/chain-values";
import { Badge, Empty, ErrorNote, Loading, type Tone } from "../ui/layout";
import { usePageTitle } from "../ui/page-title";
import { Table, type TableColumn } from "../ui/table";

export default function CommitteesPage() {
  usePageTitle("Committees");
  const network = useNetwork();
  const committees = useCommittees();
  const { stakeToken } = network;
  const columns: readonly TableColumn<Committee>[] = [
    { name: "Committee", cell: ({ id }) => <Link href={`/committee/${id}`}>Committee {`${id}`}</Link> },
    { name: "State", cell: (committee) => <CommitteeBadge committee={committee} /> },
    { name: "Members", end: true, cell: ({ enrolled, size }) => `${enrolled} of ${size}` },
    { name: "Stake of a seat", end: true, cell: ({ seatStake }) => <Amount amount={seatStake} token={stakeToken} /> },
    {
      name: "A fault costs",
      end: true,
      cell: ({ faultPenalty }) => <Amount amount={faultPenalty} token={stakeToken} />,
    },
    { name: "Reward tokens", cell: ({ id }) => <Tokens id={id} /> },
    {
      name: "Least fee per round",
      end: true,
      cell: ({ minFeeStake }) => <Amount amount={minFeeStake} token={stakeToken} />,
    },
    { name: "Room for pools", end: true, cell: (committee) => <Room committee={committee} /> },
  ];
  return (
    <div className="stack">
      <h1>Committees</h1>
      <p className="muted intro">
        A committee of 4, 7 or 10 members checks the updates of a task, measures what each did for the model, and votes.
        A result needs the same vote of 3, 5 or 7 of them, so it holds even when 1, 2 or 3 lie or are gone. Members lock
        a stake and lose parts of it for absence and wrong votes.
      </p>
      {committees.isPending ? <Loading what="the committees" /> : null}
      {committees.isError ? (
        <ErrorNote onRetry={() => void committees.refetch()}>
          {explainError(committees.error, errorContext(network)).sentence}
        </ErrorNote>
      ) : null}
      {committees.data && committees.data.length > 0 ? (
        <div className="card">
          <Table
            caption="Committees"
            hideCaption
            columns={columns}
            rows={committees.data}
            rowKey={({ id }) => `${id}`}
          />
        </div>
      ) : null}
      {committees.data?.length === 0 ? <Empty>No committee has been founded yet; tasks need one.</Empty> : null}
      <Founding />
    </div>
  );
}

/** What a committee can take, in one word. */
export function CommitteeBadge({ committee }: { readonly committee: Committee }) {
  const { retired, enrolled, size, exposureStake } = committee;
  const [tone, word]: readonly [Tone, string] = retired
    ? ["neutral", "Retired"]
    : enrolled < size
      ? ["waiting", "Being formed"]
      : exposureStake >= exposureLimit(committee)
        ? ["waiting", "At its limit"]
        : ["good", "Takes tasks"];
  return <Badge tone={tone}>{word}</Badge>;
}

function Tokens({ id }: { readonly id: bigint }) {
  const { rewardTokens, stakeToken } = useNetwork();
  return (
    <span>
      {rewardTokens.map((token) => (
        <Rate key={token.address} id={id} symbol={token.symbol} address={token.address} stake={stakeToken.symbol} />
      ))}
    </span>
  );
}

function Rate({
  id,
  symbol,
  address,
  stake,
}: {
  readonly id: bigint;
  readonly symbol: string;
  readonly address: `0x${string}`;
  readonly stake: string;
}) {
  const { data } = useRate(id, address);
  if (data === undefined) return <span className="muted">…</span>;
  if (data === 0n) return <span className="muted">{symbol}: not accepted</span>;
  return (
    <span>
      {symbol}{" "}
      <span className="muted small">
        (counts as {formatAmount(data, 18)} {stake})
      </span>
    </span>
  );
}

/** What pools may still be entrusted to it (R6b). */
function Room({ committee }: { readonly committee: Committee }) {
  const { stakeToken } = useNetwork();
  const room = exposureLimit(committee) - committee.exposureStake;
  return <Amount amount={room > 0n ? room : 0n} token={stakeToken} />;
}

function Founding() {
  return (
    <section className="card" aria-labelledby="founding">
      <h2 id="founding">Founding and joining a committee</h2>
      <p>
        This is the work of people who run a server, so it is done on the command line. One of the members founds the
        committee; each member then enrols with a stake and runs the oracle. Whoever enrols accepts the charter and
        should read it first.
      </p>
      <pre>{COMMANDS}</pre>
    </section>
  );
}

const COMMANDS = `deltaml committee found 0x… 0x… 0x… 0x…
deltaml committee enroll 1
python -m oracles run`;
