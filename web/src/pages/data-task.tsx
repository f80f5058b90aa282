/** #/data/task/:id: one task as a data owner sees it, from what it asks to what it paid. */
import { useConnection } from "wagmi";
import { useParams } from "wouter";
import { Status, useChainNow, useSpec, useTask } from "../chain";
import { standingOf } from "../chain/status";
import { messageOf } from "../core/errors";
import { Badge, Card, Empty, ErrorNote, LinkButton, Loading } from "../ui";
import { usePageTitle } from "../ui/page-title";
import { ConsentCard } from "./data/consent-card";
import "./data/data.css";
import { Earnings } from "./data/earnings";
import { RoundCard } from "./data/round-card";
import { Terms } from "./data/terms";
import { useParticipation } from "./data/use-participation";

export default function DataTaskPage() {
  const { id = "" } = useParams();
  if (!/^[1-9]\d{0,18}$/.test(id)) return <ErrorNote>There is no task {id.slice(0, 20)}.</ErrorNote>;
  return <DataTask key={id} id={BigInt(id)} />;
}

function DataTask({ id }: { readonly id: bigint }) {
  const detail = useTask(id);
  const spec = useSpec(detail.data?.task.params.specDigest);
  const { address } = useConnection();
  const part = useParticipation(id);
  const now = useChainNow();
  usePageTitle(spec.data?.name ?? `Task ${id}`);
  if (detail.isError)
    return (
      <ErrorNote onRetry={() => void detail.refetch()}>
        There is no task {id.toString()}, or the chain did not answer.
      </ErrorNote>
    );
  if (spec.isError) {
    return (
      <ErrorNote onRetry={() => void spec.refetch()}>
        What this task asks can't be read: {messageOf(spec.error)}
      </ErrorNote>
    );
  }
  if (!detail.data || !spec.data) return <Loading what="the task" />;
  const { task, round } = detail.data;
  const standing = standingOf(task, round, now);
  const joined = part.view?.snapshot.trainers.some(({ account }) => account.toLowerCase() === address?.toLowerCase());
  const mayJoin = task.status === Status.Joining && !joined;
  return (
    <div className="stack">
      <header className="stack tight">
        <div className="row spread">
          <h1>{spec.data.name}</h1>
          <Badge tone={standing.tone}>{standing.label}</Badge>
        </div>
        <p>{standing.sentence}</p>
        <div className="row">
          <LinkButton small href="#/data">
            My data
          </LinkButton>
          <LinkButton small href={`#/task/${id}`}>
            All about this task
          </LinkButton>
        </div>
      </header>
      {mayJoin ? <Terms task={task} spec={spec.data} /> : null}
      {address === undefined ? (
        <Empty>Connect a wallet to take part: it holds your stake and receives your reward.</Empty>
      ) : null}
      {address !== undefined && part.view === null ? (
        part.problem ? (
          <ErrorNote>{part.problem}</ErrorNote>
        ) : (
          <Loading what="your part" />
        )
      ) : null}
      {part.view && mayJoin ? <ConsentCard task={task} spec={spec.data} part={part} view={part.view} /> : null}
      {part.view && joined ? (
        <>
          <RoundCard part={part} view={part.view} />
          <Earnings task={task} part={part} view={part.view} />
          <details>
            <summary>What you agreed to</summary>
            <div className="folded">
              <Terms task={task} spec={spec.data} />
            </div>
          </details>
        </>
      ) : null}
      {part.view && !mayJoin && !joined ? (
        <Card>
          <p>You take no part in this task.</p>
        </Card>
      ) : null}
    </div>
  );
}
