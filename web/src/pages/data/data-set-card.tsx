/** One file on this device: what it holds, what is allowed of it, what was learnt of it so far. */
import { type ReactNode, useState } from "react";
import type { Device } from "../../data/device";
import { epsilonSpent } from "../../data/ledger";
import { DENY_ALL, type Policy } from "../../data/policy";
import { Badge, Button, Card, Note, Stats } from "../../ui";
import { PolicyForm } from "./policy-form";
import { type KeptDataSet, useRefreshDevice } from "./use-device";
import { epsilonRemark, epsilonWords } from "./words";

const DELTA = DENY_ALL.privacy?.delta ?? 1e-5;

export function DataSetCard({
  device,
  kept,
  children,
}: {
  readonly device: Device;
  readonly kept: KeptDataSet;
  readonly children: ReactNode;
}) {
  const refresh = useRefreshDevice();
  const { facts, ledger } = kept;
  // Shown at once, kept a moment later.
  const [policy, setPolicy] = useState(kept.policy);
  const closed = policy.columns.length === 0 || policy.purposes.length === 0 || policy.rewards.length === 0;
  const [editing, setEditing] = useState(closed);
  const save = async (next: Policy) => {
    setPolicy(next);
    await device.setPolicy(facts.digest, next);
    await refresh();
  };
  const spent = epsilonSpent(ledger, policy.privacy?.delta ?? DELTA);
  return (
    <Card title={facts.name} actions={<PolicyBadge policy={policy} closed={closed} />}>
      <Stats
        items={[
          { label: "Rows", value: facts.rows.toLocaleString("en") },
          { label: "Columns allowed", value: `${policy.columns.length} of ${facts.columns.length}` },
          {
            label: "Privacy spent (ε), over all tasks",
            value: epsilonWords(spent),
            after: epsilonRemark(spent, policy.privacy?.epsilon),
          },
        ]}
      />
      <div className="row">
        <Button aria-expanded={editing} onClick={() => setEditing(!editing)}>
          {editing ? "Done" : "What I allow"}
        </Button>
        <Button onClick={() => void save({ ...policy, paused: !policy.paused })}>
          {policy.paused ? "Resume" : "Pause"}
        </Button>
        <RemoveButton device={device} kept={kept} onRemoved={refresh} />
      </div>
      {editing ? <PolicyForm facts={facts} policy={policy} onChange={(next) => void save(next)} /> : null}
      {children}
    </Card>
  );
}

function PolicyBadge({ policy, closed }: { readonly policy: Policy; readonly closed: boolean }) {
  if (policy.paused) return <Badge tone="waiting">paused</Badge>;
  return closed ? <Badge>nothing allowed</Badge> : <Badge tone="good">ready</Badge>;
}

/** Asks once more in place: a file is easily added again, but a task under way would stop. */
function RemoveButton(props: {
  readonly device: Device;
  readonly kept: KeptDataSet;
  readonly onRemoved: () => Promise<void>;
}) {
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <Button kind="quiet" onClick={() => setAsked(true)}>
        Remove
      </Button>
    );
  }
  const remove = async () => {
    await props.device.removeDataSet(props.kept.facts.digest);
    await props.onRemoved();
  };
  return (
    <Note tone="waiting">
      <p>
        The rows are deleted from this browser. Tasks you have joined with them stop training, and missed rounds cost
        stake.
      </p>
      <div className="row">
        <Button small kind="danger" onClick={() => void remove()}>
          Remove the file
        </Button>
        <Button small onClick={() => setAsked(false)}>
          Keep it
        </Button>
      </div>
    </Note>
  );
}
