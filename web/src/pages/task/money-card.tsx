import { zeroAddress } from "viem";
import { eventsNamed } from "../../chain/events";
import { useNetwork } from "../../chain/hooks/context";
import { ProgressRule } from "../../chain/types";
import { Address, Amount, Duration } from "../../ui/chain-values";
import { Card, Facts, Progress, Stats } from "../../ui/layout";
import type { Shown } from "./shown";

/** Where the money is, and what joining risks. */
export function MoneyCard({ detail: { task, rounds }, events, token }: Shown) {
  const { stakeToken, rewardTokens } = useNetwork();
  const { params } = task;
  const fees = BigInt(params.rounds) * params.feePerRound;
  const paid = eventsNamed(events, "RewardClaimed").reduce((sum, { args }) => sum + args.reward, 0n);
  const feesPaid = eventsNamed(events, "FeesClaimed").reduce((sum, { args }) => sum + args.fees, 0n);
  const refunded = eventsNamed(events, "Refunded").reduce((sum, { args }) => sum + args.amount, 0n);
  const earned = Number((task.released * 1000n) / (params.pool || 1n)) / 1000;
  const listed = [stakeToken, ...rewardTokens].some(({ address }) => address === params.rewardToken);
  return (
    <Card title="Money">
      <Stats
        items={[
          { label: "Reward pool", value: <Amount amount={params.pool} token={token} /> },
          {
            label: "Earned so far",
            value: <Amount amount={task.released} token={token} />,
            after: `in ${revealed(rounds)} rounds`,
          },
          { label: "Collected", value: <Amount amount={paid} token={token} /> },
        ]}
      />
      <Progress fraction={earned} label="Part of the pool that is earned" />
      <Facts
        items={[
          [
            "Committee's fees",
            <span key="f">
              <Amount amount={fees} token={token} />, <Amount amount={params.feePerRound} token={token} /> per round;{" "}
              <Amount amount={feesPaid} token={token} /> collected
            </span>,
          ],
          ["Refundable now", <Amount key="r" amount={task.refundable} token={token} />],
          refunded > 0n ? ["Refunded", <Amount key="rf" amount={refunded} token={token} />] : null,
          [
            "Reward token",
            <span key="t">
              <Address address={params.rewardToken} />
              {listed ? "" : " not on this page's list: anybody can make a token of any name"}
            </span>,
          ],
          [
            "Stake to join",
            <span key="s">
              <Amount amount={params.unitStake} token={stakeToken} /> per unit, up to {params.maxUnits}{" "}
              {params.maxUnits === 1 ? "unit" : "units"}; more units, more weight
            </span>,
          ],
          ["A missed round costs", <Amount key="m" amount={params.missPenalty} token={stakeToken} />],
          [
            "A harmful round costs",
            params.harmPenaltyBps === 0 ? "nothing but its pay" : `${params.harmPenaltyBps / 100} % of the stake`,
          ],
          [
            "Pay follows",
            params.progressRule === ProgressRule.PerRound ? "rounds, split by score" : "progress, split by score",
          ],
          [
            "Challenges",
            params.arbiter === zeroAddress ? (
              "Nobody can overrule the committee: this task names no arbiter."
            ) : (
              <span key="c">
                decided by <Address address={params.arbiter} />, within <Duration seconds={params.challengeWindow} /> of
                a result; bond <Amount amount={params.challengeBond} token={stakeToken} />
              </span>
            ),
          ],
        ]}
      />
    </Card>
  );
}

function revealed(rounds: readonly { readonly revealedAt: number }[]): number {
  return rounds.filter(({ revealedAt }) => revealedAt !== 0).length;
}
