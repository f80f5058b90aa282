/** What a transaction will do and cost, before the wallet opens. */
import { useSyncExternalStore } from "react";
import { ETHER, formatMoney } from "../chain/money";
import type { ExplainedCall, MoneyLine } from "../chain/transactions/call";
import type { Plan } from "../chain/transactions/plan";
import { currentRequest, type Request, type Stage, subscribeRequest } from "../chain/transactions/session";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { ErrorNote, Note, type Step, Steps } from "./layout";
import { TestMoney } from "./test-money";
import { SwitchNetwork } from "./wallet-button";
import { WalletDialog } from "./wallet-dialog";

/** Mount once; `useTransaction` opens it. */
export function TransactionSheet() {
  const request = useSyncExternalStore(subscribeRequest, currentRequest);
  if (request === null) return null;
  if (request.stage.kind === "no-wallet") return <Choose request={request} />;
  return <Sheet request={request} />;
}

/** Connected: on with it. Closed without: cancelled. */
function Choose({ request }: { readonly request: Request }) {
  return <WalletDialog onClose={request.retry} />;
}

function Sheet({ request }: { readonly request: Request }) {
  const { explained, stage } = request;
  return (
    <Dialog title={explained.title} onClose={request.cancel} footer={<Footer request={request} />}>
      <div className="stack tight">
        {explained.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
      <Bill explained={explained} gasWei={gasOf(stage)} />
      {explained.risks?.map((risk) => (
        <Note tone="waiting" key={risk}>
          {risk}
        </Note>
      ))}
      <div aria-live="polite">
        <Where stage={stage} />
        {stage.kind === "blocked" && stage.isShort ? <TestMoney onLeave={request.cancel} /> : null}
      </div>
    </Dialog>
  );
}

function Footer({ request }: { readonly request: Request }) {
  const { stage, explained } = request;
  switch (stage.kind) {
    case "wrong-network":
      return <SwitchNetwork onSwitched={request.retry} />;
    case "blocked":
      return (
        <>
          <Button onClick={request.cancel}>Close</Button>
          <Button kind="primary" onClick={request.retry}>
            Check again
          </Button>
        </>
      );
    case "permitting":
    case "approving":
    case "confirming":
      return <Button onClick={request.cancel}>Hide</Button>;
    default:
      return (
        <>
          <Button onClick={request.cancel}>Cancel</Button>
          <Button kind="primary" busy={stage.kind === "checking"} onClick={request.agree}>
            {explained.confirm}
          </Button>
        </>
      );
  }
}

function Where({ stage }: { readonly stage: Stage }) {
  switch (stage.kind) {
    case "checking":
      return <p className="muted">Checking that it would succeed…</p>;
    case "wrong-network":
      return <Note tone="waiting">Your wallet is on another network.</Note>;
    case "blocked":
      return <ErrorNote>{stage.why} Nothing was sent.</ErrorNote>;
    case "ready":
      return stage.plan.way === "direct" ? null : <Steps steps={stepsOf(stage.plan, "ready")} />;
    case "permitting":
    case "approving":
    case "confirming":
      return <Steps steps={stepsOf(stage.plan, stage.kind)} />;
    default:
      return null;
  }
}

function stepsOf(plan: Plan, at: "ready" | "permitting" | "approving" | "confirming"): readonly Step[] {
  const send: Step = { name: "Confirm the transaction in your wallet", state: at === "confirming" ? "now" : "next" };
  if (plan.way === "direct") return [send];
  const name =
    plan.way === "permit"
      ? "Sign a permission for exactly this amount (free)"
      : "Confirm an approval for exactly this amount (a transaction of its own)";
  const state = at === "confirming" ? "done" : at === "ready" ? "next" : "now";
  return [{ name, state }, send];
}

function gasOf(stage: Stage): bigint | null | undefined {
  return "plan" in stage ? stage.plan.gasWei : undefined;
}

/** Everything that moves, and a sum per token of what leaves the wallet. */
function Bill({
  explained,
  gasWei,
}: {
  readonly explained: ExplainedCall;
  readonly gasWei: bigint | null | undefined;
}) {
  const { pays = [], locks = [], receives = [], returns = [], call } = explained;
  const ether: MoneyLine[] = call.value > 0n ? [{ what: "Ether sent along", token: ETHER, amount: call.value }] : [];
  const leaving = [...pays, ...ether];
  return (
    <>
      <dl className="bill">
        <Lines title="From your wallet" lines={leaving} total />
        <Lines title="Locked, still yours" lines={locks} />
        <Lines title="You receive" lines={receives} />
        <dt className="gas">Gas, about</dt>
        <dd className="gas">
          {gasWei === undefined
            ? "…"
            : gasWei === null
              ? "said by the wallet"
              : formatMoney({ token: ETHER, amount: gasWei })}
        </dd>
      </dl>
      {returns.length > 0 ? (
        <div className="stack tight">
          <h3>What comes back, and when</h3>
          {returns.map((line) => (
            <p key={line} className="small">
              {line}
            </p>
          ))}
        </div>
      ) : null}
    </>
  );
}

function Lines({
  title,
  lines,
  total = false,
}: {
  readonly title: string;
  readonly lines: readonly MoneyLine[];
  readonly total?: boolean;
}) {
  if (lines.length === 0) return null;
  const sums = new Map<string, MoneyLine>();
  for (const line of lines) {
    const sum = sums.get(line.token.address)?.amount ?? 0n;
    sums.set(line.token.address, { ...line, amount: sum + line.amount });
  }
  const rows = lines.flatMap((line) => [
    <dt key={`${line.what}-name`}>{line.what}</dt>,
    <dd key={line.what}>{formatMoney(line)}</dd>,
  ]);
  if (!total || lines.length === 1) {
    return (
      <>
        <dt className="muted small">{title}</dt>
        <dd />
        {rows}
      </>
    );
  }
  return (
    <>
      <dt className="muted small">{title}</dt>
      <dd />
      {rows}
      {[...sums.values()].flatMap((sum) => [
        <dt className="total" key={`${sum.token.address}-name`}>
          In all
        </dt>,
        <dd className="total" key={sum.token.address}>
          {formatMoney(sum)}
        </dd>,
      ])}
    </>
  );
}
