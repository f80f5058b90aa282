/** What a task asks of a data owner and offers for it, before anything else. */
import { formatMoney, type Task, useNetwork, useToken } from "../../chain";
import { formatDate } from "../../chain/time";
import { sizeOf } from "../../core/spec";
import type { Spec } from "../../core/specs";
import { epsilonOfNoise } from "../../owner/noise-cost";
import { Card, Facts } from "../../ui";
import { modelWords, privacyWords, secrecyWords } from "../../ui/spec-words";
import { epsilonWords } from "./words";

const MICRO = 1_000_000;

export function Terms({ task, spec }: { readonly task: Task; readonly spec: Spec }) {
  const { stakeToken } = useNetwork();
  const reward = useToken(task.params.rewardToken);
  const { params } = task;
  const share = params.pool / BigInt(params.rounds) / BigInt(params.maxTrainers);
  const epsilon = epsilonOfNoise(sizeOf(spec), spec.clipNormMicro / MICRO, spec.noiseMicro / MICRO, params.rounds);
  const stake = (amount: bigint) => formatMoney({ token: stakeToken, amount });
  return (
    <Card title="What is asked">
      <p className="purpose">{spec.purpose}</p>
      <Facts
        items={[
          ["Model", `${modelWords(spec)}.`],
          ["It learns from", spec.columns.map(({ name }) => name).join(", ")],
          ["It predicts", spec.target.name],
          [
            "Reward",
            reward
              ? `Up to ${formatMoney({ token: reward, amount: params.pool })} for all; an equal share is ${formatMoney({ token: reward, amount: share })} a round. Pay follows what your data add.`
              : "…",
          ],
          ["Stake", `${stake(params.unitStake)} per unit; a missed round costs ${stake(params.missPenalty)}.`],
          ["Rounds", `Up to ${params.rounds}.`],
          [
            "Privacy",
            epsilon === Number.POSITIVE_INFINITY
              ? "No noise is asked for, so ε has no limit unless you add your own."
              : `All rounds together cost ε = ${epsilonWords(epsilon)} at δ = 0.00001.`,
          ],
          ["Joining ends", formatDate(task.joinEndsAt)],
        ]}
      />
      <details>
        <summary>What leaves this device, and who sees what</summary>
        <ul className="points folded">
          {[...privacyWords(spec), secrecyWords(spec)].map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </details>
    </Card>
  );
}
