/** The tasks that the connected account takes part in. */
import { useConnection } from "wagmi";
import { standingOf, useChainNow, useSpecs } from "../../chain";
import { type Part, useParts } from "../../chain/hooks/earnings";
import { Badge, Card, LinkButton } from "../../ui";

export function MyParts() {
  const { address } = useConnection();
  const parts = useParts(address);
  const mine = parts.data?.filter(({ trainer }) => trainer !== undefined) ?? [];
  const specs = useSpecs(mine.map(({ task }) => task.params.specDigest));
  if (mine.length === 0) return null;
  return (
    <Card title="Tasks you take part in">
      <ul className="offers">
        {mine.map((part) => (
          <PartLine key={part.task.id.toString()} part={part} name={specs.get(part.task.params.specDigest)?.name} />
        ))}
      </ul>
    </Card>
  );
}

function PartLine({
  part: { task, earnings, claims },
  name,
}: {
  readonly part: Part;
  readonly name: string | undefined;
}) {
  const standing = standingOf(task, undefined, useChainNow());
  const due = claims !== null && claims.claims.length > 0;
  return (
    <li className="offer">
      <div>
        <strong>{name ?? `Task ${task.id}`}</strong> <Badge tone={standing.tone}>{standing.label}</Badge>
        <p className="small muted">
          {earnings.length} of {task.params.rounds} rounds scored{due ? "; something is ready to be collected" : ""}
        </p>
      </div>
      <LinkButton small kind={due ? "primary" : "plain"} href={`#/data/task/${task.id}`}>
        Open
      </LinkButton>
    </li>
  );
}
