/** What is still missing, and the steps of posting. */
import { useConnection } from "wagmi";
import { ALL_FIELDS } from "../../owner/fields";
import { Button, Card, ErrorNote, LinkButton, Note, type Step, Steps } from "../../ui";
import type { PostingState, PostingStep } from "./use-posting";

const STEPS: readonly (readonly [PostingStep, string, string])[] = [
  ["prepare", "Prepare", "The first model and its error on your file are computed on this device."],
  ["validation", "Encrypt and upload your file", "Only the committee's members can open it."],
  ["specification", "Upload the task", "What data owners see before they join."],
  ["state", "Upload the first model", ""],
  ["check", "Read everything back", "So that no money is locked for a task nobody can read."],
  ["transaction", "Pay and post", "One transaction, explained before your wallet opens."],
];

export function Review({
  missing,
  state,
  onPost,
}: {
  readonly missing: readonly (readonly [key: string, sentence: string])[];
  readonly state: PostingState;
  readonly onPost: () => void;
}) {
  const { address } = useConnection();
  if (state.kind === "posted") return <Posted taskId={state.taskId} />;
  const again = state.kind === "failed";
  return (
    <Card title="10. Post it">
      {missing.length > 0 ? (
        <Note tone="waiting">
          <p>Before you can post:</p>
          <ul>
            {missing.map(([key, sentence]) => (
              <li key={key}>
                {nameOf(key)}: {sentence}
              </li>
            ))}
          </ul>
        </Note>
      ) : null}
      {address === undefined ? (
        <Note tone="waiting">Connect a wallet to post. You can fill in the form without one.</Note>
      ) : null}
      {state.kind === "idle" ? null : <Steps steps={stepsOf(state)} />}
      {again ? <ErrorNote>{state.why} Nothing is uploaded or paid twice when you try again.</ErrorNote> : null}
      <div className="row">
        <Button kind="primary" busy={state.kind === "working"} disabled={address === undefined} onClick={onPost}>
          {again ? "Try again" : "Post the task"}
        </Button>
      </div>
    </Card>
  );
}

function Posted({ taskId }: { readonly taskId: bigint | null }) {
  return (
    <Card title="Posted">
      <p>
        Your task is in the market. Data owners can join now. You may close this page: nothing more is needed of you.
      </p>
      <div className="row">
        {taskId === null ? null : <LinkButton href={`#/task/${taskId}`}>See task {taskId.toString()}</LinkButton>}
        <LinkButton href="#/mine">My tasks</LinkButton>
      </div>
    </Card>
  );
}

function stepsOf(state: Extract<PostingState, { kind: "working" | "failed" }>): Step[] {
  const at = STEPS.findIndex(([step]) => step === state.step);
  return STEPS.map(([, name, detail], index) => ({
    name,
    detail: index === at ? detail : undefined,
    state: index < at ? "done" : index > at ? "next" : state.kind === "failed" ? "failed" : "now",
  }));
}

const OTHER_NAMES: Readonly<Record<string, string>> = {
  "data.file": "Validation file",
  "data.columns": "Inputs",
  "data.target": "Column to predict",
  "data.classes": "Answers",
  "market.committee": "Committee",
  "market.reward_token": "Token",
  "owner.identity": "Key",
  "model.family": "Model",
};

function nameOf(key: string): string {
  const rule = ALL_FIELDS.find(({ section, name }) => `${section}.${name}` === key);
  return rule?.label ?? OTHER_NAMES[key] ?? key;
}
