/** Agreed, not yet joined. */

import type { TrainerView } from "../../data/decide";
import { Button, Card, ErrorNote, Note } from "../../ui";
import { TestMoney } from "../../ui/test-money";
import type { Participation } from "./use-participation";
import { WithdrawConsent } from "./withdraw-consent";
import { asSentence } from "./words";

export function JoinCard({ part, view }: { readonly part: Participation; readonly view: TrainerView }) {
  const { step } = part;
  return (
    <Card title="Join">
      <p>You have agreed to this task. Joining locks your stake; training starts when enough data owners are there.</p>
      {step?.kind === "wait" || step?.kind === "done" ? <Note tone="waiting">{asSentence(step.message)}</Note> : null}
      {step?.kind === "wait" && step.reason === "stake" ? <TestMoney /> : null}
      {part.problem ? <ErrorNote>{part.problem}</ErrorNote> : null}
      <div className="row">
        <Button kind="primary" busy={part.busy} disabled={step?.kind !== "join"} onClick={() => void part.act()}>
          Join with your stake
        </Button>
        <WithdrawConsent part={part} view={view} />
      </div>
    </Card>
  );
}
