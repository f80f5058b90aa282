import type { Hex } from "viem";
import type { MarketEvent } from "../../chain/events";
import { toHex } from "../../core/bytes";
import { Address, Digest, Moment, TransactionHash } from "../../ui/chain-values";
import { Card } from "../../ui/layout";
import { Table, type TableColumn } from "../../ui/table";
import type { Shown } from "./shown";

interface Row {
  readonly key: string;
  readonly what: string;
  readonly who: Hex | null;
  readonly digest: Hex;
  readonly at: number | null;
  readonly transaction: Hex | null;
}

const KINDS: Readonly<Record<number, string>> = {
  1: "model state, sealed",
  2: "committee work, sealed",
  3: "sum of masks, sealed",
  4: "proposal, sealed",
  5: "shares, sealed",
  6: "owner's openings, sealed",
  7: "owner's step, sealed",
};

const COLUMNS: readonly TableColumn<Row>[] = [
  { name: "What", cell: ({ what }) => <span className="regular">{what}</span> },
  { name: "By", cell: ({ who }) => (who ? <Address address={who} /> : "owner") },
  { name: "Content", cell: ({ digest }) => <Digest digest={digest} /> },
  { name: "When", cell: ({ at }) => (at === null ? "at posting" : <Moment at={at} />) },
  { name: "Transaction", cell: ({ transaction }) => (transaction ? <TransactionHash hash={transaction} /> : "") },
];

/** Every block of data that the task names on chain. */
export function Digests({ detail: { task }, events, spec }: Shown) {
  const { params } = task;
  const fixed: Row[] = [
    { ...AT_POSTING, key: "spec", what: "Specification, public", digest: params.specDigest },
    { ...AT_POSTING, key: "model", what: "First model", digest: params.modelDigest },
  ];
  if (spec?.kind === "open") {
    fixed.push({ ...AT_POSTING, key: "validation", what: "Validation rows, sealed", digest: toHex(spec.validation) });
  }
  const rows = [...fixed, ...events.flatMap((event) => rowOf(event) ?? [])];
  return (
    <Card title="Everything that was published">
      <p className="muted">
        Blocks on IPFS, named by their digests on chain. What is sealed can be fetched by anybody and read by those it
        is sealed to.
      </p>
      <details>
        <summary>Show all {rows.length}</summary>
        <Table caption="Blocks of this task" hideCaption columns={COLUMNS} rows={rows} rowKey={({ key }) => key} />
      </details>
    </Card>
  );
}

const AT_POSTING = { who: null, at: null, transaction: null } as const;

function rowOf(event: MarketEvent): Row | null {
  const { position } = event;
  const base = {
    key: `${position.blockNumber}-${position.logIndex}`,
    at: position.timestamp,
    transaction: position.transactionHash,
  };
  switch (event.name) {
    case "UpdateSubmitted":
      return {
        ...base,
        what: `${roundName(event.args.round)}: update, sealed`,
        who: event.args.trainer,
        digest: event.args.digest,
      };
    case "WorkOpened":
      return {
        ...base,
        what: `${roundName(event.args.round)}: first scores, sealed`,
        who: event.args.member,
        digest: event.args.digest,
      };
    case "Announced": {
      const kind = KINDS[event.args.kind] ?? `kind ${event.args.kind}`;
      return {
        ...base,
        what: `${roundName(event.args.round)}: ${kind}`,
        who: event.args.sender,
        digest: event.args.digest,
      };
    }
    default:
      return null;
  }
}

function roundName(round: bigint): string {
  return `Round ${round + 1n}`;
}
