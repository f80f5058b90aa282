import { useMemo } from "react";
import { useParams } from "wouter";
import { errorContext, explainError } from "../../chain/errors";
import { useSpec } from "../../chain/hooks/blocks";
import { useChainNow } from "../../chain/hooks/clock";
import { useNetwork } from "../../chain/hooks/context";
import { type TaskDetail, useTask, useTaskEvents, useToken } from "../../chain/hooks/queries";
import { standingOf } from "../../chain/status";
import { Moment } from "../../ui/chain-values";
import { Badge, ErrorNote, Loading, Note } from "../../ui/layout";
import { usePageTitle } from "../../ui/page-title";
import { NotFoundPage } from "../not-found";
import { Actions } from "./actions";
import { DataOwners } from "./data-owners";
import { Digests } from "./digests";
import { Metric } from "./metric-card";
import { MoneyCard } from "./money-card";
import { Rounds } from "./rounds";
import { SpecCard } from "./spec-card";
import { TaskCommittee } from "./task-committee";

export default function TaskPage() {
  const { id = "" } = useParams<{ id: string }>();
  if (!/^[1-9]\d{0,9}$/.test(id)) return <NotFoundPage />;
  return <Task id={BigInt(id)} />;
}

function Task({ id }: { readonly id: bigint }) {
  const network = useNetwork();
  const task = useTask(id);
  usePageTitle(`Task ${id}`);
  if (task.data) return <Detail detail={task.data} />;
  if (task.isError) {
    return (
      <div className="stack">
        <h1>Task {`${id}`}</h1>
        <ErrorNote onRetry={() => void task.refetch()}>
          {explainError(task.error, errorContext(network)).sentence}
        </ErrorNote>
      </div>
    );
  }
  return <Loading what="the task" />;
}

function Detail({ detail }: { readonly detail: TaskDetail }) {
  const { task, round, rounds } = detail;
  const spec = useSpec(task.params.specDigest);
  const token = useToken(task.params.rewardToken);
  const { data: events = [] } = useTaskEvents(task.id);
  const now = useChainNow();
  const standing = standingOf(task, round, now);
  const shown = useMemo(() => ({ detail, events, spec: spec.data, token }), [detail, events, spec.data, token]);
  usePageTitle(spec.data?.name ?? `Task ${task.id}`);
  return (
    <div className="stack">
      <header className="stack tight">
        <div className="row">
          <h1>{spec.data?.name ?? `Task ${task.id}`}</h1>
          <Badge tone={standing.tone}>{standing.label}</Badge>
        </div>
        <p className="muted">
          Task {`${task.id}`}
          {spec.data ? `. Purpose: ${spec.data.purpose}` : ""}
        </p>
        <p>
          {standing.sentence}{" "}
          {standing.deadline ? (
            <>
              {capitalised(standing.deadline.what)} <Moment at={standing.deadline.at} />.
            </>
          ) : null}
        </p>
      </header>
      {spec.isError ? (
        <Note tone="waiting">
          The specification can't be read now: {spec.error.message}. What the chain says is shown all the same.
        </Note>
      ) : null}
      <Actions {...shown} />
      <div className="columns">
        <div className="stack">
          <SpecCard {...shown} />
          <TaskCommittee {...shown} />
        </div>
        <div className="stack">
          <MoneyCard {...shown} />
          {rounds.length > 0 ? <Metric {...shown} /> : null}
        </div>
      </div>
      {rounds.length > 0 ? <Rounds {...shown} /> : null}
      <DataOwners {...shown} />
      <Digests {...shown} />
    </div>
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
