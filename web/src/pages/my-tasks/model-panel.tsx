/** The model of a task: decrypted here, saved as a file, tried. */
import { useQuery } from "@tanstack/react-query";
import { type Task, useReader, useStore } from "../../chain";
import { readTaskEvents } from "../../chain/events";
import { readHead } from "../../chain/reader";
import type { Identity } from "../../core/envelope";
import { messageOf } from "../../core/errors";
import type { State } from "../../core/messages";
import type { OpenSpec } from "../../core/open-spec";
import type { Spec } from "../../core/specs";
import { fetchNewestState } from "../../owner/fetch-model";
import { ownerIdentities } from "../../owner/identity-store";
import { exportState, readModelFile } from "../../owner/model-file";
import { Button, ErrorNote, Loading, Note, Stats } from "../../ui";
import { ImportKey } from "../import-key";
import { saveFile } from "../save-file";
import { TryModel } from "./try-model";

const MICRO = 1_000_000;

export function ModelPanel({ task, spec }: { readonly task: Task; readonly spec: Spec }) {
  if (spec.kind === "sealed") {
    return (
      <Note>
        This model is sealed under your Paillier key, which only the command line holds:{" "}
        <code>deltaml task fetch-model {task.id.toString()} --key KEYFILE</code>
      </Note>
    );
  }
  return <OpenModel task={task} spec={spec} />;
}

function OpenModel({ task, spec }: { readonly task: Task; readonly spec: OpenSpec }) {
  const reader = useReader();
  const store = useStore();
  const state = useQuery({
    // Not below "chain": decrypted models are not kept on the disk.
    queryKey: ["model", reader.network.chainId, task.id.toString(), task.modelDigest],
    queryFn: async () => {
      const own = await ownerIdentities();
      const identities: Identity[] = own.map(({ identity }) => identity);
      const { events } = await readTaskEvents(reader, task, await readHead(reader));
      return fetchNewestState(task, spec, events, identities, store);
    },
    retry: false,
  });
  if (state.isPending) return <Loading what="the model" />;
  if (state.isError) {
    return (
      <>
        <ErrorNote onRetry={() => void state.refetch()}>{messageOf(state.error)}.</ErrorNote>
        <ImportKey
          label="Key file of this task"
          hint="If you posted it from another browser or from the command line, choose the identity file it was posted with."
          onDone={() => void state.refetch()}
        />
      </>
    );
  }
  return <Opened taskId={task.id} spec={spec} state={state.data} />;
}

function Opened({ taskId, spec, state }: { readonly taskId: bigint; readonly spec: OpenSpec; readonly state: State }) {
  const text = exportState(spec, state);
  const name = spec.family === "linear" ? "R² on your file" : "Right answers on your file";
  const metric = Number(state.metricMicro) / MICRO;
  return (
    <div className="stack">
      <Stats
        items={[
          { label: "After rounds", value: state.round },
          { label: name, value: spec.family === "linear" ? metric.toFixed(4) : `${(metric * 100).toFixed(1)} %` },
          { label: "Loss on your file", value: (Number(state.lossMicro) / MICRO).toPrecision(4) },
        ]}
      />
      <div className="row">
        <Button kind="primary" onClick={() => saveFile(`model-${taskId}.json`, text, "application/json")}>
          Save the model
        </Button>
      </div>
      <p className="muted small">
        For other programs:{" "}
        <code>deltaml task export model-{taskId.toString()}.json --format sklearn --out model.skops</code> writes a
        scikit-learn pipeline, <code>--format onnx --out model.onnx</code> a graph for any ONNX runtime.
      </p>
      <TryModel model={readModelFile(text)} />
    </div>
  );
}
