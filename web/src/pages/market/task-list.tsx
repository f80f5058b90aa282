import { Link } from "wouter";
import { useChainNow } from "../../chain/hooks/clock";
import { formatWadPercent } from "../../chain/money";
import { standingOf } from "../../chain/status";
import { Status } from "../../chain/types";
import { Amount, Moment } from "../../ui/chain-values";
import { Badge } from "../../ui/layout";
import { modelWords } from "../../ui/spec-words";
import { Table, type TableColumn } from "../../ui/table";
import type { MarketEntry } from "./filters";

const COLUMNS_SHOWN = 3;

const COLUMNS: readonly TableColumn<MarketEntry>[] = [
  { name: "Task", cell: (entry) => <Name entry={entry} /> },
  { name: "Status", cell: (entry) => <Where entry={entry} /> },
  { name: "Reward pool", end: true, cell: ({ task, token }) => <Amount amount={task.params.pool} token={token} /> },
  { name: "Data wanted", cell: ({ spec }) => <Wanted spec={spec} /> },
  { name: "Data owners", end: true, cell: ({ task }) => `${task.trainerCount} of ${task.params.maxTrainers}` },
  { name: "Rounds", end: true, cell: (entry) => <Rounds entry={entry} /> },
];

export function TaskList({ entries }: { readonly entries: readonly MarketEntry[] }) {
  return (
    <div className="card">
      <Table caption="Tasks" hideCaption columns={COLUMNS} rows={entries} rowKey={({ task }) => `${task.id}`} />
    </div>
  );
}

function Name({ entry: { task, spec } }: { readonly entry: MarketEntry }) {
  return (
    <div className="task-name">
      <Link href={`/task/${task.id}`}>{spec?.name ?? `Task ${task.id}`}</Link>
      <div className="muted small regular">
        {spec ? `${modelWords(spec)} · committee ${task.params.committeeId}` : `Committee ${task.params.committeeId}`}
      </div>
    </div>
  );
}

function Where({ entry: { task, round } }: { readonly entry: MarketEntry }) {
  const { label, tone, deadline } = standingOf(task, round, useChainNow());
  return (
    <div className="status-cell">
      <Badge tone={tone}>{label}</Badge>
      {deadline ? (
        <div className="muted small">
          {deadline.what} <Moment at={deadline.at} />
        </div>
      ) : null}
    </div>
  );
}

function Wanted({ spec }: Pick<MarketEntry, "spec">) {
  if (spec === undefined) return <span className="muted">not readable now</span>;
  const names = [...spec.columns.map((column) => column.name), spec.target.name];
  const rest = names.length - COLUMNS_SHOWN;
  return (
    <span title={names.join(", ")}>
      {names.slice(0, COLUMNS_SHOWN).join(", ")}
      {rest > 0 ? <span className="muted"> and {rest} more</span> : null}
    </span>
  );
}

function Rounds({ entry: { task } }: { readonly entry: MarketEntry }) {
  const started = task.status !== Status.Joining && task.status !== Status.Cancelled;
  if (!started) return <>{task.params.rounds} planned</>;
  return (
    <div>
      {Math.min(task.round + 1, task.params.rounds)} of {task.params.rounds}
      <div className="muted small">{formatWadPercent(task.progressWad)} progress</div>
    </div>
  );
}
