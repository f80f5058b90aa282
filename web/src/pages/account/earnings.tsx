import type { Address } from "viem";
import { batchClaims } from "../../chain/earnings";
import { useNetwork } from "../../chain/hooks/context";
import type { Part } from "../../chain/hooks/earnings";
import { useTokens } from "../../chain/hooks/queries";
import { formatMoney, type Money } from "../../chain/money";
import type { Token } from "../../chain/network";
import { claimMemberFees, claimRewards } from "../../chain/transactions/earning-calls";
import { useTransaction } from "../../chain/transactions/use-transaction";
import type { Task } from "../../chain/types";
import { Button } from "../../ui/button";
import { Card, Loading } from "../../ui/layout";

/** Everything that can be collected, in as few transactions as a block allows. */
export function Earnings({
  account,
  parts,
}: {
  readonly account: Address;
  readonly parts: readonly Part[] | undefined;
}) {
  const network = useNetwork();
  const { run } = useTransaction();
  const tokens = useTokens((parts ?? []).map(({ task }) => task.params.rewardToken));
  if (parts === undefined) {
    return (
      <Card title="To collect">
        <Loading what="your earnings" />
      </Card>
    );
  }
  const known = (task: Task) => tokens.get(task.params.rewardToken);
  const tokenOf = (task: Task): Token =>
    known(task) ?? { address: task.params.rewardToken, symbol: "tokens", decimals: 18 };
  const batches = batchClaims(parts.flatMap(({ claims }) => (claims ? [claims] : [])));
  const fees = parts.flatMap(({ task, fees: due }) => (due && due.rounds.length > 0 ? [[task, due] as const] : []));
  const later = waiting(parts, tokenOf);
  return (
    <Card title="To collect">
      {batches.map((batch, index) => (
        <div className="row spread" key={`${batch[0]?.task.id}`}>
          <p className="offer">
            {sums(batch.map(({ task, reward }) => ({ token: tokenOf(task), amount: reward })))} earned with your data,
            in {batch.reduce((sum, { claims }) => sum + claims.length, 0)} rounds of {batch.length}{" "}
            {batch.length === 1 ? "task" : "tasks"}
            {batches.length > 1 ? ` (transaction ${index + 1} of ${batches.length})` : ""}.
          </p>
          <Button kind="primary" onClick={() => void run(claimRewards(network, batch, tokenOf, account))}>
            Collect all
          </Button>
        </div>
      ))}
      {fees.length > 0 ? (
        <div className="row spread">
          <p className="offer">
            {sums(fees.map(([task, due]) => ({ token: tokenOf(task), amount: due.fees })))} in fees for your work in
            committees.
          </p>
          <Button kind="primary" onClick={() => void run(claimMemberFees(network, fees, tokenOf, account))}>
            Collect fees
          </Button>
        </div>
      ) : null}
      {batches.length === 0 && fees.length === 0 ? <p>There is nothing to collect now.</p> : null}
      {later !== "" ? (
        <p className="muted small">
          {later} more is earned, and can be collected when the results of its rounds are final.
        </p>
      ) : null}
    </Card>
  );
}

function waiting(parts: readonly Part[], tokenOf: (task: Task) => Token): string {
  const money = parts.flatMap(({ task, earnings }) =>
    earnings.filter(({ final }) => !final).map(({ reward }) => ({ token: tokenOf(task), amount: reward })),
  );
  return sums(money.filter(({ amount }) => amount > 0n));
}

/** One amount per token: "12 RWD and 3 USD". */
function sums(money: readonly Money[]): string {
  const totals = new Map<string, Money>();
  for (const { token, amount } of money) {
    totals.set(token.address, { token, amount: (totals.get(token.address)?.amount ?? 0n) + amount });
  }
  return [...totals.values()].map(formatMoney).join(" and ");
}
