import { Link } from "wouter";
import { useSpecs } from "../../chain/hooks/blocks";
import type { Part } from "../../chain/hooks/earnings";
import { useTokens } from "../../chain/hooks/queries";
import { Status } from "../../chain/types";
import { LinkButton } from "../../ui/button";
import { Amount } from "../../ui/chain-values";
import { Badge, Card, Empty, Loading, type Tone } from "../../ui/layout";
import { Table, type TableColumn } from "../../ui/table";

const STATUS: Readonly<Record<Status, readonly [Tone, string]>> = {
  [Status.None]: ["neutral", "Unknown"],
  [Status.Joining]: ["active", "Open"],
  [Status.Training]: ["active", "Training"],
  [Status.Completed]: ["good", "Completed"],
  [Status.Failed]: ["bad", "Failed"],
  [Status.Cancelled]: ["neutral", "Cancelled"],
};

/** Tasks in which the account has a part. */
export function MyTasks({ parts }: { readonly parts: readonly Part[] | undefined }) {
  const specs = useSpecs((parts ?? []).map(({ task }) => task.params.specDigest));
  const tokens = useTokens((parts ?? []).map(({ task }) => task.params.rewardToken));
  const columns: readonly TableColumn<Part>[] = [
    {
      name: "Task",
      cell: ({ task }) => (
        <Link href={`/task/${task.id}`}>{specs.get(task.params.specDigest)?.name ?? `Task ${task.id}`}</Link>
      ),
    },
    { name: "Status", cell: ({ task }) => <Badge tone={STATUS[task.status][0]}>{STATUS[task.status][1]}</Badge> },
    { name: "Your part", cell: roleOf },
    {
      name: "Earned with data",
      end: true,
      cell: ({ task, earnings, trainer }) =>
        trainer ? (
          <Amount
            amount={earnings.reduce((sum, { reward }) => sum + reward, 0n)}
            token={tokens.get(task.params.rewardToken)}
          />
        ) : (
          "–"
        ),
    },
    {
      name: "Refundable",
      end: true,
      cell: ({ task, isOwner }) =>
        isOwner ? <Amount amount={task.refundable} token={tokens.get(task.params.rewardToken)} /> : "–",
    },
  ];
  return (
    <Card title="Your tasks">
      {parts === undefined ? <Loading what="your tasks" /> : null}
      {parts?.length === 0 ? (
        <Empty action={<LinkButton href="#/">Look at the market</LinkButton>}>You have no part in any task yet.</Empty>
      ) : null}
      {parts && parts.length > 0 ? (
        <Table caption="Your tasks" hideCaption columns={columns} rows={parts} rowKey={({ task }) => `${task.id}`} />
      ) : null}
    </Card>
  );
}

function roleOf({ isOwner, trainer, seat }: Part): string {
  const roles = [isOwner ? "owner" : "", trainer ? "data owner" : "", seat === undefined ? "" : "committee member"];
  return roles.filter(Boolean).join(", ");
}
