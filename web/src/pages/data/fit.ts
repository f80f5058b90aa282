/** Whether a task is one that a data set may serve, before any consent: everything that stands in the way, in words. */
import type { Spec } from "../../core/specs";
import type { Consent } from "../../data/consent";
import { taskKey } from "../../data/decide";
import { fits, releaseOf } from "../../data/ledger";
import { columnsOf, fitProblem, policyProblem } from "../../data/policy-check";
import type { TaskSnapshot } from "../../data/ports";
import type { KeptDataSet } from "./use-device";

const NOBODY = "0x0000000000000000000000000000000000000000";

/** Sentences; none when the task fits. */
export function reasonsAgainst({ facts, policy, ledger }: KeptDataSet, snapshot: TaskSnapshot, spec: Spec): string[] {
  const [purpose] = policy.purposes;
  const reasons: string[] = [];
  if (policy.paused) reasons.push("you paused this data set");
  if (spec.kind === "sealed") reasons.push("its model is sealed, which only the command line can train");
  if (spec.family === "mlp") reasons.push("it is a neural network, which only the command line can train");
  const consent = likelyConsent({ facts, policy, ledger }, snapshot, spec);
  const misfit = fitProblem(facts, consent, spec);
  if (misfit) return [...reasons, misfit];
  if (purpose === undefined) reasons.push("you have not allowed any purpose yet");
  const forbidden = policyProblem({ ...policy, purposes: [consent.purpose] }, consent, snapshot, spec);
  if (forbidden) reasons.push(forbidden);
  const release = releaseOf(spec, policy.noiseMicro);
  if (policy.privacy && !fits(ledger, policy.privacy, taskKey(snapshot), release, snapshot.terms.rounds)) {
    reasons.push(
      `its ${snapshot.terms.rounds} rounds would show more of your data than your limit of ε = ${policy.privacy.epsilon}: ` +
        "it adds too little noise",
    );
  }
  return reasons;
}

/** The consent that would be asked for, as far as it is known before. */
function likelyConsent({ facts, policy }: KeptDataSet, snapshot: TaskSnapshot, spec: Spec): Consent {
  return {
    task: snapshot.taskId,
    market: snapshot.market,
    chain: snapshot.chainId,
    account: NOBODY,
    dataSet: facts.digest,
    columns: columnsOf(spec),
    purpose: policy.purposes[0] ?? "",
    rewardToken: snapshot.terms.rewardToken,
    minimumRewardPerRound: 0n,
    privacy: policy.privacy,
    noiseMicro: policy.noiseMicro,
    stakeUnits: 1,
    expiresAt: 0n,
    nonce: 0n,
  };
}
