import type { Action, Viewer } from "../../chain/actions";
import { canJoin } from "../../chain/actions";
import { sameAccount } from "../../chain/earnings";
import { useOffers } from "../../chain/hooks/actions";
import { useChainNow } from "../../chain/hooks/clock";
import { useNetwork } from "../../chain/hooks/context";
import { formatMoney } from "../../chain/money";
import type { Network, Token } from "../../chain/network";
import { useTransaction } from "../../chain/transactions/use-transaction";
import type { Task } from "../../chain/types";
import { Button, LinkButton } from "../../ui/button";
import { Card } from "../../ui/layout";
import { Collect } from "./collect";
import type { Shown } from "./shown";
import { useViewer } from "./use-viewer";

/** What the visitor can do now. Nothing is offered that the chain would refuse. */
export function Actions({ detail, spec, token }: Shown) {
  const { task } = detail;
  const now = useChainNow();
  const viewer = useViewer(detail);
  const { data: offers = [] } = useOffers(detail, viewer, token, now);
  const { run } = useTransaction();
  const network = useNetwork();
  const join = canJoin(task, viewer, now) && spec?.kind !== "sealed";
  const role = viewer ? roleWords(task, viewer) : null;
  if (!join && offers.length === 0 && role === null) return null;
  return (
    <Card title="What you can do">
      {role ? <p>{role}</p> : null}
      {join ? <Join task={task} network={network} /> : null}
      {viewer?.trainer ? <Collect detail={detail} account={viewer.account} token={token} /> : null}
      {offers.map(({ action, explained }) => (
        <div className="row spread" key={explained.title}>
          <p className="offer">{whyOf(action, task, token)}</p>
          <Button kind={isPlain(action) ? "plain" : "primary"} onClick={() => void run(explained, token)}>
            {buttonOf(action)}
          </Button>
        </div>
      ))}
      {!join && viewer && offers.length === 0 && !viewer.trainer ? (
        <p className="muted">There is nothing for you to do now.</p>
      ) : null}
    </Card>
  );
}

function Join({ task, network }: { readonly task: Task; readonly network: Network }) {
  const stake = formatMoney({ token: network.stakeToken, amount: task.params.unitStake });
  return (
    <div className="row spread">
      <p className="offer">
        Have fitting data? Join with a stake of {stake} per unit, which you get back at the end less penalties. Your
        data stay on your device; the next page checks them and asks for your consent.
      </p>
      <LinkButton kind="primary" href={`#/data/task/${task.id}`}>
        Join with my data
      </LinkButton>
    </div>
  );
}

function roleWords(task: Task, { account, trainer, seat }: Viewer): string | null {
  const roles: string[] = [];
  if (sameAccount(task.owner, account)) roles.push("You posted this task.");
  if (trainer)
    roles.push(`You joined this task with ${trainer.units} stake ${trainer.units === 1 ? "unit" : "units"}.`);
  if (seat !== undefined) roles.push(`You hold seat ${seat + 1} of its committee.`);
  return roles.length > 0 ? roles.join(" ") : null;
}

function isPlain(action: Action): boolean {
  return action.kind === "end" || action.kind === "cancel" || action.kind === "challenge";
}

function buttonOf(action: Action): string {
  switch (action.kind) {
    case "start":
      return "Start the training";
    case "cancel":
      return "Cancel the task";
    case "end":
      return "End the task";
    case "refund":
      return "Collect the refund";
    case "expire":
      return "Expire the round";
    case "close":
      return "Close the task";
    case "leave":
      return "Take the stake back";
    case "claimExpired":
      return "Collect";
    case "settle":
      return `Settle round ${action.round + 1}`;
    case "challenge":
      return `Challenge round ${action.round + 1}`;
    case "lapse":
      return `End the challenge of round ${action.round + 1}`;
  }
}

function whyOf(action: Action, task: Task, token: Token | undefined): string {
  switch (action.kind) {
    case "start":
      return "Joining is over and enough data owners joined. Anybody may start the training.";
    case "cancel":
      return "This task never started. Cancelling makes the whole escrow refundable.";
    case "end":
      return "You can stop after the current round; what is not earned comes back to you.";
    case "refund":
      return token ? `${formatMoney({ token, amount: task.refundable })} of your escrow can come back now.` : "";
    case "expire":
      return "The committee is late. Anybody may end the task; stakes and money go back.";
    case "close":
      return "All is settled. Closing frees the committee for new tasks; it costs only gas.";
    case "leave":
      return "The task is over: your stake, less penalties, can come free.";
    case "claimExpired":
      return "The committee brought no result for your round; its silent members pay for that.";
    case "settle":
      return `Round ${action.round + 1} is final. Settling pays the committee and fines who was absent.`;
    case "challenge":
      return `If you can show that the result of round ${action.round + 1} is wrong, the task's arbiter will look at it. It costs a bond and the arbiter's price.`;
    case "lapse":
      return "The arbiter has not ruled in 30 days; the result stands.";
  }
}
