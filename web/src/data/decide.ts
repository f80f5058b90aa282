/**
 * What a data owner's page does next for one task: a pure function of what the chain says, what this device holds, and
 * what its owner allowed. Nothing else is remembered, so a page may be closed at any moment.
 */
import type { Hex } from "../core/bytes";
import type { Spec } from "../core/specs";
import { claimsDue } from "./claims";
import { consentProblem, type SignedConsent } from "./consent";
import type { DataSetFacts } from "./data-sets";
import { fits, type Ledger, releaseOf } from "./ledger";
import type { Policy } from "./policy";
import { fitProblem, policyProblem } from "./policy-check";
import type { AccountFacts, Address, Claim, TaskSnapshot } from "./ports";

/** A sealed update that lies on this device, ready to go out under the consent it was made under. */
export interface PendingBlob {
  readonly round: number;
  readonly digest: Hex;
  readonly consentNonce: bigint;
  /** The noise in it. */
  readonly noiseMicro: number;
}

/** Everything a decision rests on, at one block. */
export interface TrainerView {
  readonly account: Address;
  readonly snapshot: TaskSnapshot;
  readonly facts: AccountFacts;
  readonly spec: Spec;
  readonly dataSet: DataSetFacts;
  readonly policy: Policy;
  readonly ledger: Ledger;
  /** Null when there is none, or its signature is not the account's. */
  readonly consent: SignedConsent | null;
  readonly blob: PendingBlob | null;
  /** age recipient of this device. */
  readonly recipient: Hex;
}

export type WaitReason =
  | "starts-soon"
  | "submitted"
  | "round-closed"
  | "unsettled"
  | "no-consent"
  | "paused"
  | "policy"
  | "data"
  | "budget"
  | "needs-agent"
  | "other-device"
  | "stake";

export type Step =
  /** Nothing to do now; from "no-consent" on in the list of reasons, not before the data's owner does something. */
  | { readonly kind: "wait"; readonly reason: WaitReason; readonly message: string }
  /** Lock the stake and join; `approve` and `deposit` in wei come first, where they are not 0. */
  | { readonly kind: "join"; readonly units: number; readonly approve: bigint; readonly deposit: bigint }
  /** Fetch the model, train, clip, add noise and seal: the blob is then kept on this device. */
  | { readonly kind: "train"; readonly round: number }
  /** Upload the blob and submit its digest. */
  | { readonly kind: "submit"; readonly round: number; readonly digest: Hex }
  | { readonly kind: "claim"; readonly claims: readonly Claim[] }
  | { readonly kind: "claim-expired" }
  | { readonly kind: "leave" }
  | { readonly kind: "withdraw"; readonly amount: bigint }
  /** Nothing will ever be due again. */
  | { readonly kind: "done"; readonly message: string };

export function decide(view: TrainerView): Step {
  const index = indexOf(view.snapshot, view.account);
  switch (view.snapshot.status) {
    case "joining":
      return index === null ? joining(view) : wait("starts-soon", "you have joined; the task starts when joining ends");
    case "training":
      return index === null ? done("the task started without you") : training(view, index);
    default:
      return index === null ? done("the task is over; you took no part") : collecting(view, index);
  }
}

/** This account's place by order of joining, or null. */
export function indexOf(snapshot: TaskSnapshot, account: Address): number | null {
  const index = snapshot.trainers.findIndex((trainer) => trainer.account.toLowerCase() === account.toLowerCase());
  return index < 0 ? null : index;
}

/** The name under which the ledger keeps a task. */
export function taskKey(snapshot: Pick<TaskSnapshot, "chainId" | "market" | "taskId">): string {
  return `${snapshot.chainId}/${snapshot.market.toLowerCase()}/${snapshot.taskId}`;
}

function joining(view: TrainerView): Step {
  const { snapshot, facts, consent } = view;
  if (snapshot.block.timestamp >= snapshot.joinEndsAt) return done("joining is over and you took no part");
  const problem = problemOf(view, snapshot.terms.rounds);
  if (problem) return problem;
  if (!consent) return wait("no-consent", "you have not agreed to this task");
  const units = consent.consent.stakeUnits;
  const stake = BigInt(units) * snapshot.terms.unitStake;
  const deposit = stake > facts.freeStake ? stake - facts.freeStake : 0n;
  if (units < 1 || units > snapshot.terms.maxUnits) {
    return wait("stake", `you agreed to ${units} stake units; the task takes 1 to ${snapshot.terms.maxUnits}`);
  }
  if (deposit > facts.stakeBalance) {
    return wait("stake", "your wallet holds fewer stake tokens than the task asks for");
  }
  return { kind: "join", units, approve: deposit > facts.stakeAllowance ? deposit : 0n, deposit };
}

function training(view: TrainerView, index: number): Step {
  const { snapshot } = view;
  const round = snapshot.round;
  if (snapshot.submissions.some((submission) => submission.round === round && submission.index === index)) {
    return wait("submitted", "your update is in; the committee scores the round");
  }
  if (snapshot.block.timestamp >= snapshot.current.closesAt) {
    return wait("round-closed", "this round takes no more updates; the next one opens soon");
  }
  if (snapshot.trainers[index]?.recipient.toLowerCase() !== view.recipient.toLowerCase()) {
    return wait(
      "other-device",
      "you joined this task from another device: its key opens the model, this one's does not",
    );
  }
  const problem = problemOf(view, 1);
  if (problem) return problem;
  const { blob, consent } = view;
  const fresh =
    blob?.round === round && blob.consentNonce === consent?.consent.nonce && blob.noiseMicro >= noiseOf(view);
  return blob && fresh ? { kind: "submit", round, digest: blob.digest } : { kind: "train", round };
}

/** Noise per weight that the next update gets: the most that task, policy and consent ask for. */
export function noiseOf({ spec, policy, consent }: TrainerView): number {
  return Math.max(spec.noiseMicro, policy.noiseMicro, consent?.consent.noiseMicro ?? 0);
}

/** Everything that stands between a task and this data; the same before joining and before every round. */
function problemOf(view: TrainerView, rounds: number): Step | null {
  const { snapshot, spec, policy, consent, dataSet } = view;
  if (policy.paused) return wait("paused", "you paused this data set");
  if (!consent) return wait("no-consent", "you have not agreed to this task");
  const refusal = consentProblem(consent, snapshot, view.account);
  if (refusal) return wait("no-consent", refusal);
  if (spec.kind === "sealed") {
    return wait("needs-agent", "the owner keeps this model sealed: training it needs the Python agent, not a page");
  }
  if (spec.family === "mlp") {
    return wait("needs-agent", "this is a neural network: training it needs the Python agent, not a page");
  }
  const forbidden = policyProblem(policy, consent.consent, snapshot, spec);
  if (forbidden) return wait("policy", forbidden);
  const misfit = fitProblem(dataSet, consent.consent, spec);
  if (misfit) return wait("data", misfit);
  // A round that was counted before it went out is not counted again when it is tried again.
  return isCounted(view) ? null : budgetProblem(view, consent, spec, rounds);
}

function isCounted({ ledger, snapshot }: TrainerView): boolean {
  const task = taskKey(snapshot);
  return ledger.entries.some((entry) => entry.task === task && entry.round === snapshot.round);
}

function budgetProblem(view: TrainerView, { consent }: SignedConsent, spec: Spec, rounds: number): Step | null {
  const release = releaseOf(spec, noiseOf(view));
  for (const cap of [view.policy.privacy, consent.privacy]) {
    if (cap && !fits(view.ledger, cap, taskKey(view.snapshot), release, rounds)) {
      const what = rounds === 1 ? "this round" : `${rounds} rounds of this task`;
      return wait("budget", `${what} would show more of your data than epsilon ${cap.epsilon} at delta ${cap.delta}`);
    }
  }
  return null;
}

function collecting({ snapshot, facts }: TrainerView, index: number): Step {
  if (snapshot.unsettled) return wait("unsettled", "the last rounds can still be challenged; claims come after that");
  const claims = claimsDue(snapshot, facts, index);
  if (claims.length) return { kind: "claim", claims };
  if (!facts.left) {
    return sharesExpiredRound(snapshot, facts) ? { kind: "claim-expired" } : { kind: "leave" };
  }
  return facts.freeStake ? { kind: "withdraw", amount: facts.freeStake } : done("everything is collected");
}

/** Whether silent members lost something of which this submitter has not had his part. */
function sharesExpiredRound(snapshot: TaskSnapshot, facts: AccountFacts): boolean {
  const { current, round, status } = snapshot;
  const expired = status === "failed" && current.revealedAt === 0n && current.slashShare > 0n;
  const claimed = (facts.claimedRounds >> BigInt(round)) & 1n;
  return expired && facts.submittedRounds === round + 1 && !claimed;
}

function wait(reason: WaitReason, message: string): Step {
  return { kind: "wait", reason, message };
}

function done(message: string): Step {
  return { kind: "done", message };
}
