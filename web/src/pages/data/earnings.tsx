/** What a data owner's updates were worth, round by round, and collecting it. */
import { formatMoney, type Task, type Token, useNetwork, useToken } from "../../chain";
import type { RoundEarning } from "../../chain/earnings";
import { useParts } from "../../chain/hooks/earnings";
import { type Step, type TrainerView, taskKey } from "../../data/decide";
import { epsilonSpent } from "../../data/ledger";
import { type Bar, Button, Card, Empty, ErrorNote, Note, SignedBars, Stats } from "../../ui";
import type { Participation } from "./use-participation";
import { asSentence, epsilonRemark, epsilonWords } from "./words";

const DELTA = 1e-5;

interface EarningsProps {
  readonly task: Task;
  readonly part: Participation;
  readonly view: TrainerView;
}

export function Earnings({ task, part, view }: EarningsProps) {
  const network = useNetwork();
  const reward = useToken(task.params.rewardToken);
  const mine = useParts(view.account).data?.find((each) => each.task.id === task.id);
  const earnings = mine?.earnings ?? [];
  const earned = earnings.reduce((sum, each) => sum + each.reward, 0n);
  const collected = earnings.reduce((sum, each) => sum + (each.claimed ? each.reward : 0n), 0n);
  const tell = (amount: bigint) => (reward ? formatMoney({ token: reward, amount }) : "…");
  const rounds = view.ledger.entries.filter(({ task: key }) => key === taskKey(view.snapshot)).length;
  const spent = epsilonSpent(view.ledger, view.policy.privacy?.delta ?? DELTA);
  return (
    <Card title="What it brought">
      <Stats
        items={[
          { label: "Earned", value: tell(earned), after: `${tell(collected)} collected` },
          { label: "Updates sent from here", value: rounds },
          {
            label: "Privacy spent (ε), over all tasks",
            value: epsilonWords(spent),
            after: epsilonRemark(spent, view.policy.privacy?.epsilon),
          },
        ]}
      />
      {earnings.length === 0 ? (
        <Empty>No round has been scored yet.</Empty>
      ) : (
        <SignedBars
          caption="Your share of each round"
          unit="Share and pay"
          who="Round"
          bars={earnings.map((earning) => barOf(earning, reward))}
        />
      )}
      <Collect part={part} stake={network.stakeToken} />
    </Card>
  );
}

function barOf({ round, mark, share, reward: amount }: RoundEarning, reward: Token | undefined): Bar {
  const label = `Round ${round + 1}`;
  const key = String(round);
  if (mark === "missed") return { key, label, value: null, text: "missed: nothing valid arrived" };
  if (mark === "harmful") return { key, label, value: null, text: "made the model worse: no pay" };
  const paid = reward ? `, ${formatMoney({ token: reward, amount })}` : "";
  return { key, label, value: share, text: `${(share * 100).toFixed(1)} %${paid}` };
}

const BUTTONS: Partial<Record<Step["kind"], string>> = {
  claim: "Collect your reward",
  "claim-expired": "Collect your part of the penalties",
  leave: "Take your stake back",
};

/** One thing after another: rewards, then the stake, then the deposit. */
function Collect({ part, stake }: { readonly part: Participation; readonly stake: Token }) {
  const { step, busy, problem } = part;
  if (step === null || part.view?.snapshot.status === "joining" || part.view?.snapshot.status === "training")
    return null;
  const label =
    step.kind === "withdraw" ? `Withdraw ${formatMoney({ token: stake, amount: step.amount })}` : BUTTONS[step.kind];
  return (
    <>
      {step.kind === "wait" || step.kind === "done" ? <Note>{asSentence(step.message)}</Note> : null}
      {problem ? <ErrorNote>{asSentence(problem)}</ErrorNote> : null}
      {label ? (
        <div className="row">
          <Button kind="primary" busy={busy} onClick={() => void part.act()}>
            {label}
          </Button>
        </div>
      ) : null}
    </>
  );
}
