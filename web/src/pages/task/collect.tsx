import type { Address as Account } from "viem";
import { batchClaims, sameAccount } from "../../chain/earnings";
import { useNetwork } from "../../chain/hooks/context";
import { useParts } from "../../chain/hooks/earnings";
import type { TaskDetail } from "../../chain/hooks/queries";
import { formatMoney } from "../../chain/money";
import type { Token } from "../../chain/network";
import { claimRewards } from "../../chain/transactions/earning-calls";
import { useTransaction } from "../../chain/transactions/use-transaction";
import { Button } from "../../ui/button";

/** Collecting what this task's final rounds owe the account. */
export function Collect({
  detail,
  account,
  token,
}: {
  readonly detail: TaskDetail;
  readonly account: Account;
  readonly token: Token | undefined;
}) {
  const network = useNetwork();
  const { run } = useTransaction();
  const { data: parts = [] } = useParts(account);
  const part = parts.find(({ task, trainer }) => task.id === detail.task.id && sameAccount(trainer?.account, account));
  const due = part?.claims;
  if (!part || !token) return null;
  const later = part.earnings.filter(({ final, claimed }) => !final && !claimed);
  const waiting = later.reduce((sum, { reward }) => sum + reward, 0n);
  const [batch] = due ? batchClaims([due]) : [];
  return (
    <>
      {batch && due ? (
        <div className="row spread">
          <p className="offer">
            You have earned {formatMoney({ token, amount: due.reward })}
            {due.stakeShare > 0n
              ? ` and ${formatMoney({ token: network.stakeToken, amount: due.stakeShare })} of penalties`
              : ""}{" "}
            in {due.claims.length} rounds that are final.
          </p>
          <Button
            kind="primary"
            onClick={() =>
              void run(
                claimRewards(network, batch, () => token, account),
                token,
              )
            }
          >
            Collect
          </Button>
        </div>
      ) : null}
      {waiting > 0n ? (
        <p className="muted small">
          {formatMoney({ token, amount: waiting })} more can be collected when its rounds are final.
        </p>
      ) : null}
    </>
  );
}
