/** One task of mine: how it stands, what became of the money, what I can do, and the model. */
import { useState } from "react";
import { useConnection } from "wagmi";
import {
  type ListedTask,
  Status,
  standingOf,
  useChainNow,
  useNetwork,
  useSpec,
  useToken,
  useTransaction,
} from "../../chain";
import { cancelTask, endTask, refundTask } from "../../chain/transactions/task-calls";
import { Amount, Badge, Button, Card, LinkButton, Progress, Stats } from "../../ui";
import { ModelPanel } from "./model-panel";

export function MyTask({ listed }: { readonly listed: ListedTask }) {
  const { task, round } = listed;
  const standing = standingOf(task, round, useChainNow());
  const spec = useSpec(task.params.specDigest);
  const reward = useToken(task.params.rewardToken);
  const [open, setOpen] = useState(false);
  const progress = Number(task.progressWad / 10n ** 12n) / 1e6;
  const { params } = task;
  const fees = BigInt(params.rounds) * params.feePerRound;
  return (
    <Card title={spec.data?.name ?? `Task ${task.id}`} actions={<Badge tone={standing.tone}>{standing.label}</Badge>}>
      <p>{standing.sentence}</p>
      <Stats
        items={[
          { label: "Paid in", value: <Amount amount={params.pool + fees} token={reward} /> },
          { label: "Released to data owners", value: <Amount amount={task.released} token={reward} /> },
          { label: "You can take back now", value: <Amount amount={task.refundable} token={reward} /> },
          { label: "Data owners", value: `${task.trainerCount} of ${params.maxTrainers}` },
        ]}
      />
      <div className="stack tight">
        <span className="small muted">Progress to the target: {(progress * 100).toFixed(1)} %</span>
        <Progress fraction={progress} label="Progress to the target" />
      </div>
      <div className="row">
        <LinkButton href={`#/task/${task.id}`}>Rounds and scores</LinkButton>
        <Actions listed={listed} />
        {task.status === Status.Joining || task.status === Status.Cancelled ? null : (
          <Button kind={open ? "plain" : "primary"} aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Close the model" : "Get the model"}
          </Button>
        )}
      </div>
      {open && spec.data ? <ModelPanel task={task} spec={spec.data} /> : null}
    </Card>
  );
}

function Actions({ listed: { task, round } }: { readonly listed: ListedTask }) {
  const network = useNetwork();
  const { run } = useTransaction();
  const { address } = useConnection();
  const reward = useToken(task.params.rewardToken);
  if (reward === undefined || address === undefined) return null;
  return (
    <>
      {task.status === Status.Joining && task.trainerCount === 0 ? (
        <Button kind="danger" onClick={() => void run(cancelTask(network, task, reward), reward)}>
          Cancel
        </Button>
      ) : null}
      {task.status === Status.Training && !task.endRequested ? (
        <Button kind="danger" onClick={() => void run(endTask(network, task, round), reward)}>
          End early
        </Button>
      ) : null}
      {task.refundable > 0n ? (
        <Button onClick={() => void run(refundTask(network, task, reward, address), reward)}>
          Take back what is free
        </Button>
      ) : null}
    </>
  );
}
