/** The round under way: model down, training here, update up. */
import { formatDuration, useChainNow } from "../../chain";
import type { TrainerView } from "../../data/decide";
import { Button, Card, ErrorNote, Note, Progress, type Step, Steps } from "../../ui";
import type { Participation } from "./use-participation";
import { useWakeLock } from "./use-wake-lock";
import { WithdrawConsent } from "./withdraw-consent";
import { asSentence } from "./words";

const STAGES = [
  ["model-down", "The model comes down"],
  ["training", "It trains here"],
  ["update-up", "Your update goes up, encrypted"],
] as const;

export function RoundCard({ part, view }: { readonly part: Participation; readonly view: TrainerView }) {
  const { snapshot } = view;
  const now = useChainNow();
  const training = snapshot.status === "training";
  useWakeLock(training && part.running);
  if (!training && snapshot.status !== "joining") return null;
  const left = Number(snapshot.current.closesAt) - now;
  return (
    <Card title={training ? `Round ${snapshot.round + 1} of ${snapshot.terms.rounds}` : "You have joined"}>
      {training ? <Steps steps={stepsOf(part)} /> : null}
      {part.progress?.stage === "training" ? (
        <Progress fraction={part.progress.done} label="Training on this device" />
      ) : null}
      <Said part={part} />
      {training && left > 0 && part.step?.kind !== "wait" ? (
        <p className="small muted">Updates of this round are taken for another {formatDuration(left)}.</p>
      ) : null}
      <div className="row">
        {training ? (
          <Button kind={part.running ? "plain" : "primary"} onClick={() => part.setRunning(!part.running)}>
            {part.running ? "Pause" : "Continue"}
          </Button>
        ) : null}
        <WithdrawConsent part={part} view={view} />
      </div>
      <Note>
        Keep this page open: it can't train when it is closed, and phones stop pages in the background. You may leave
        between rounds, but every round that you miss costs stake. Your wallet asks before anything is sent.
      </Note>
    </Card>
  );
}

function Said({ part }: { readonly part: Participation }) {
  if (part.problem) return <ErrorNote>{asSentence(part.problem)}</ErrorNote>;
  if (!part.running) return <Note tone="waiting">Paused. Nothing is trained or sent.</Note>;
  const { step } = part;
  if (step?.kind === "wait" || step?.kind === "done") {
    const fine = step.kind === "wait" && ["starts-soon", "submitted", "round-closed"].includes(step.reason);
    return <Note tone={fine ? "active" : "waiting"}>{asSentence(step.message)}</Note>;
  }
  return null;
}

function stepsOf({ progress, step, running, problem }: Participation): Step[] {
  const sent = step?.kind === "wait" && step.reason === "submitted";
  const at = sent
    ? STAGES.length
    : step?.kind === "submit"
      ? 2
      : STAGES.findIndex(([stage]) => stage === progress?.stage);
  return STAGES.map(([stage, name], index) => {
    if (index < at) return { name, state: "done" };
    if (index > at || !running) return { name, state: "next" };
    if (problem) return { name, state: "failed" };
    const waits = stage === "update-up" && progress?.done === 0.5;
    return { name, state: "now", detail: waits ? "Your wallet asks you to send it." : undefined };
  });
}
