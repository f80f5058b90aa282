import { useState } from "react";
import type { Address } from "viem";
import { Link } from "wouter";
import { stakeLeft } from "../../chain/earnings";
import { useNetwork } from "../../chain/hooks/context";
import type { Part } from "../../chain/hooks/earnings";
import { exactAmount, formatMoney, parseMoney } from "../../chain/money";
import { isClosed } from "../../chain/status";
import { leaveTask } from "../../chain/transactions/task-calls";
import { useTransaction } from "../../chain/transactions/use-transaction";
import { depositStake, withdrawStake } from "../../chain/transactions/vault-calls";
import type { AccountStake } from "../../chain/types";
import { Button } from "../../ui/button";
import { Amount } from "../../ui/chain-values";
import { Field } from "../../ui/field";
import { Card, Loading, Stats } from "../../ui/layout";

/** Stake in the vault: how much, where it is locked, in and out. */
export function StakeCard({
  account,
  stake,
  parts,
}: {
  readonly account: Address;
  readonly stake: AccountStake | undefined;
  readonly parts: readonly Part[] | undefined;
}) {
  const { stakeToken } = useNetwork();
  if (stake === undefined) {
    return (
      <Card title="Stake">
        <Loading what="your stake" />
      </Card>
    );
  }
  return (
    <Card title="Stake">
      <Stats
        items={[
          { label: "In your deposit", value: <Amount amount={stake.deposit} token={stakeToken} /> },
          { label: "Free", value: <Amount amount={stake.free} token={stakeToken} /> },
          { label: "Locked by tasks", value: <Amount amount={stake.lockedByMarket} token={stakeToken} /> },
          { label: "Locked by committees", value: <Amount amount={stake.lockedByCommittees} token={stakeToken} /> },
        ]}
      />
      <Locked parts={parts ?? []} />
      <Move account={account} stake={stake} />
    </Card>
  );
}

function Locked({ parts }: { readonly parts: readonly Part[] }) {
  const network = useNetwork();
  const { run } = useTransaction();
  const locking = parts.flatMap(({ task, trainer }) => (trainer && !trainer.left ? [{ task, trainer }] : []));
  if (locking.length === 0) return null;
  return (
    <ul className="plain-list">
      {locking.map(({ task, trainer }) => (
        <li key={`${task.id}`}>
          <span className="row spread">
            <span>
              <Link href={`/task/${task.id}`}>Task {`${task.id}`}</Link> locks{" "}
              {formatMoney({ token: network.stakeToken, amount: stakeLeft(task, trainer) })}
              {isClosed(task) ? ", and is over" : " until it is over"}
            </span>
            {isClosed(task) ? (
              <Button small onClick={() => void run(leaveTask(network, task, trainer))}>
                Take it back
              </Button>
            ) : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Move({ account, stake }: { readonly account: Address; readonly stake: AccountStake }) {
  const network = useNetwork();
  const { stakeToken } = network;
  const { run } = useTransaction();
  const [text, setText] = useState("");
  const amount = parseMoney(text, stakeToken);
  const wrong = text !== "" && (amount === null || amount === 0n) ? "Not an amount: write 10 or 0.5." : null;
  const send = async (what: typeof depositStake) => {
    if (amount === null || amount === 0n) return;
    const { status } = await run(what(network, account, amount));
    if (status === "confirmed") setText("");
  };
  const fill = (most: bigint) => setText(exactAmount({ token: stakeToken, amount: most }));
  const ready = amount !== null && amount > 0n;
  return (
    <div className="stack tight">
      <Field
        label="Amount"
        inputMode="decimal"
        unit={stakeToken.symbol}
        value={text}
        error={wrong}
        hint={`In your wallet: ${formatMoney({ token: stakeToken, amount: stake.wallet })}. Free in the deposit: ${formatMoney({ token: stakeToken, amount: stake.free })}.`}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="row">
        <Button
          kind="primary"
          disabled={!ready || (amount ?? 0n) > stake.wallet}
          onClick={() => void send(depositStake)}
        >
          Deposit
        </Button>
        <Button disabled={!ready || (amount ?? 0n) > stake.free} onClick={() => void send(withdrawStake)}>
          Withdraw
        </Button>
        {stake.wallet > 0n ? (
          <Button kind="quiet" small onClick={() => fill(stake.wallet)}>
            All of the wallet
          </Button>
        ) : null}
        {stake.free > 0n ? (
          <Button kind="quiet" small onClick={() => fill(stake.free)}>
            All that is free
          </Button>
        ) : null}
      </div>
    </div>
  );
}
