/** From a finished form to a posted task, a step at a time; whatever fails can be repeated without paying twice. */
import { useCallback, useState } from "react";
import { useConnection } from "wagmi";
import { type TaskParams, type Token, useChain, useTransaction } from "../../chain";
import { subscribeNotices } from "../../chain/transactions/session";
import { digestOf } from "../../core/blocks";
import { type Hex, toHex } from "../../core/bytes";
import { messageOf, Unavailable } from "../../core/errors";
import { KuboStore } from "../../core/kubo";
import type { CommitteeTerms } from "../../owner/committee-terms";
import { textOf } from "../../owner/draft";
import { type Attempt, loadAttempt, saveAttempt } from "../../owner/draft-store";
import type { OwnerIdentity } from "../../owner/identity-store";
import { makeParams } from "../../owner/params";
import { earlierAttempt, postCall, postedTaskId } from "../../owner/posting";
import { type PublishStep, publishTask } from "../../owner/publish";
import type { DraftForm, OpenedFile } from "./use-draft";

export type PostingStep = "prepare" | PublishStep | "transaction";

export type PostingState =
  | { readonly kind: "idle" }
  | { readonly kind: "working"; readonly step: PostingStep }
  | { readonly kind: "failed"; readonly step: PostingStep; readonly why: string }
  | { readonly kind: "posted"; readonly taskId: bigint | null };

export interface PostingInput {
  readonly form: DraftForm;
  readonly file: OpenedFile;
  readonly identity: OwnerIdentity;
  readonly chosen: CommitteeTerms;
  readonly rewardToken: Token;
}

export function usePosting() {
  const { network, reader } = useChain();
  const { address } = useConnection();
  const transactions = useTransaction();
  const [state, setState] = useState<PostingState>({ kind: "idle" });

  const post = useCallback(
    async (input: PostingInput) => {
      let step: PostingStep = "prepare";
      const enter = (next: PostingStep) => {
        step = next;
        setState({ kind: "working", step: next });
      };
      try {
        if (address === undefined) throw new Error("Connect a wallet first.");
        enter("prepare");
        const store = new KuboStore(network.ipfsApi);
        const place = { chainId: network.chainId, market: network.market };
        const attempt = await publishedAttempt(input, place, store, enter);
        saveAttempt(attempt);
        enter("transaction");
        const earlier = await earlierAttempt(reader, address, attempt.specDigest, attempt.sentHash);
        if (earlier.kind === "posted") return finish(earlier.taskId, setState);
        if (earlier.kind === "pending")
          throw new Error("Your transaction is still waiting for a block. Try again later.");
        const params = paramsOf(input, attempt);
        const result = await rememberingHash(attempt, () =>
          transactions.run(postCall(network, attempt.name, params, input.rewardToken), input.rewardToken),
        );
        if (result.status === "confirmed") finish(postedTaskId(result.receipt), setState);
        else setState(result.status === "failed" ? { kind: "failed", step, why: result.why } : { kind: "idle" });
      } catch (error) {
        const silent = error instanceof Unavailable ? "The network's IPFS node can't be used now: " : "";
        setState({ kind: "failed", step, why: `${silent}${messageOf(error)}` });
      }
    },
    [address, network, reader, transactions],
  );
  return { state, post };
}

/** The digests of an earlier attempt with the same content, or a new publication. */
async function publishedAttempt(
  { form, file, identity, chosen }: PostingInput,
  place: { readonly chainId: number; readonly market: Hex },
  store: KuboStore,
  onStep: (step: PublishStep) => void,
): Promise<Attempt> {
  const recipients = chosen.committee.seats.map((seat) => seat.recipient);
  const content = JSON.stringify([form.draft, file.digest, identity.recipient, recipients, place]);
  const fingerprint = toHex(digestOf(new TextEncoder().encode(content)));
  const before = loadAttempt();
  if (before?.fingerprint === fingerprint) return before;
  // Training code is loaded when it is needed, not with the form.
  const { prepareTask } = await import("../../owner/prepare");
  const prepared = prepareTask(form.draft, file.table, identity.identity.recipient);
  const published = await publishTask(prepared, recipients, store, onStep);
  return { ...published, ...place, fingerprint, name: textOf(form.draft, "model", "name") };
}

const paramsOf = ({ form, rewardToken }: PostingInput, attempt: Attempt): TaskParams =>
  makeParams(form.draft, rewardToken.address, attempt.specDigest, attempt.modelDigest);

/** Keeps the hash as soon as the wallet has given it: a reload right after must not lead to a second payment. */
async function rememberingHash<T>(attempt: Attempt, run: () => Promise<T>): Promise<T> {
  const stop = subscribeNotices((notice) => {
    if (notice.kind === "sent") saveAttempt({ ...attempt, sentHash: notice.hash });
  });
  try {
    return await run();
  } finally {
    stop();
  }
}

function finish(taskId: bigint | null, setState: (state: PostingState) => void): void {
  saveAttempt(null);
  setState({ kind: "posted", taskId });
}
