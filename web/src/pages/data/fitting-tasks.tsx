/** Open tasks that a file may serve, and for the others why not. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { formatMoney, keys, Status, useChain, useSpecs, useTasks, useToken } from "../../chain";
import type { Spec } from "../../core/specs";
import { equalShare } from "../../data/policy-check";
import type { TaskSnapshot } from "../../data/ports";
import { Empty, ErrorNote, LinkButton, Loading } from "../../ui";
import { modelWords } from "../../ui/spec-words";
import { chainPorts } from "./chain-ports";
import { reasonsAgainst } from "./fit";
import type { KeptDataSet } from "./use-device";
import { asSentence } from "./words";

interface Candidate {
  readonly snapshot: TaskSnapshot;
  readonly spec: Spec;
  readonly reasons: readonly string[];
}

export function FittingTasks({ kept }: { readonly kept: KeptDataSet }) {
  const open = useOpenTasks();
  const specs = useSpecs(open.data?.map(({ terms }) => terms.specDigest) ?? []);
  if (open.isPending) return <Loading what="open tasks" />;
  if (open.isError) return <ErrorNote onRetry={() => void open.refetch()}>The chain did not answer.</ErrorNote>;
  const candidates = open.data.flatMap((snapshot): Candidate[] => {
    const spec = specs.get(snapshot.terms.specDigest);
    return spec ? [{ snapshot, spec, reasons: reasonsAgainst(kept, snapshot, spec) }] : [];
  });
  const fitting = candidates.filter(({ reasons }) => reasons.length === 0);
  const others = candidates.filter(({ reasons }) => reasons.length > 0);
  return (
    <section className="stack tight" aria-label={`Tasks for ${kept.facts.name}`}>
      <h3>Tasks that fit</h3>
      {fitting.length === 0 ? <Empty>{nothingFits(candidates.length)}</Empty> : null}
      <ul className="offers">
        {fitting.map((candidate) => (
          <Offer key={candidate.snapshot.taskId.toString()} candidate={candidate} />
        ))}
      </ul>
      {others.length > 0 ? (
        <details open={fitting.length === 0}>
          <summary>Tasks that don't, and why</summary>
          <ul className="offers folded">
            {others.map((candidate) => (
              <Offer key={candidate.snapshot.taskId.toString()} candidate={candidate} />
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}

function Offer({ candidate: { snapshot, spec, reasons } }: { readonly candidate: Candidate }) {
  const reward = useToken(snapshot.terms.rewardToken);
  const id = snapshot.taskId.toString();
  return (
    <li className="offer">
      <div>
        <strong>{spec.name}</strong>
        <p className="small muted">
          {modelWords(spec)}. {snapshot.terms.rounds} rounds
          {reward ? `, about ${formatMoney({ token: reward, amount: equalShare(snapshot.terms) })} a round` : ""}.
        </p>
        {reasons.map((reason) => (
          <p key={reason} className="small">
            {asSentence(reason)}
          </p>
        ))}
      </div>
      <LinkButton small kind={reasons.length === 0 ? "primary" : "plain"} href={`#/data/task/${id}`}>
        {reasons.length === 0 ? "See and join" : "See"}
      </LinkButton>
    </li>
  );
}

function useOpenTasks() {
  const { network, reader } = useChain();
  const tasks = useTasks();
  const joining = tasks.data?.filter(({ task }) => task.status === Status.Joining).map(({ task }) => task.id);
  const ports = useMemo(() => chainPorts(reader), [reader]);
  return useQuery({
    queryKey: [...keys.tasks(network), "open", joining?.join() ?? ""],
    queryFn: () => Promise.all((joining ?? []).map((id) => ports.task(id))),
    enabled: joining !== undefined,
  });
}

const nothingFits = (open: number): string =>
  open === 0 ? "No task takes data owners right now. Come back later." : "None of the open tasks fits this file.";
