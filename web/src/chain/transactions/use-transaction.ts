/** Sending a transaction the way this page does: simulate, explain, ask, send, tell. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Hex } from "viem";
import { type Config, useConfig } from "wagmi";
import { getConnection, getConnectorClient } from "wagmi/actions";
import { type ErrorContext, errorContext, explainError, isRejection, isStillPending, REJECTED } from "../errors";
import { chainNow } from "../hooks/clock";
import { useChain } from "../hooks/context";
import { keys } from "../hooks/keys";
import type { Token } from "../network";
import type { ChainReader } from "../reader";
import type { ExplainedCall } from "./call";
import { forget, remember } from "./pending";
import { makePlan, NotEnoughTokens, type Plan } from "./plan";
import { clearTheWay, Failed, send, settle } from "./send";
import { currentRequest, nextId, notify, type Stage, setRequest, type TransactionResult } from "./session";

/** `run` opens the sheet and resolves when all is over. The affected queries have been read again by then. */
export interface Transactions {
  readonly run: (explained: ExplainedCall, reward?: Token) => Promise<TransactionResult>;
}

export function useTransaction(): Transactions {
  const config = useConfig();
  const { network, reader } = useChain();
  const queries = useQueryClient();
  const run = useCallback(
    async (explained: ExplainedCall, reward?: Token): Promise<TransactionResult> => {
      if (currentRequest() !== null) return { status: "cancelled" };
      const context = errorContext(network, reward);
      const result = await perform({ config, reader, explained, context, id: nextId() });
      if (result.status === "confirmed") await queries.invalidateQueries({ queryKey: keys.root(network) });
      return result;
    },
    [config, network, reader, queries],
  );
  return { run };
}

interface Job {
  readonly id: number;
  readonly config: Config;
  readonly reader: ChainReader;
  readonly explained: ExplainedCall;
  readonly context: ErrorContext;
}

type Answer = "agree" | "cancel" | "retry";

async function perform(job: Job): Promise<TransactionResult> {
  try {
    const plan = await agreedPlan(job);
    if (plan === null) return { status: "cancelled" };
    return await execute(job, plan);
  } catch (error) {
    return tell(job, error);
  } finally {
    if (currentRequest()?.id === job.id) setRequest(null);
  }
}

/** The plan that the person agreed to; null when it was cancelled. Simulates anew after each retry. */
async function agreedPlan(job: Job): Promise<Plan | null> {
  while (true) {
    const checked = await Promise.race([assess(job), ask(job, { kind: "checking" })]);
    if (typeof checked === "string") return null;
    const { stage, plan } = checked;
    const answer = await ask(job, stage);
    if (answer === "cancel") return null;
    if (answer === "agree" && plan !== null) return plan;
  }
}

async function assess(job: Job): Promise<{ stage: Stage; plan: Plan | null }> {
  const connection = getConnection(job.config);
  if (connection.address === undefined) return { stage: { kind: "no-wallet" }, plan: null };
  if (connection.chainId !== job.reader.network.chainId) return { stage: { kind: "wrong-network" }, plan: null };
  try {
    const plan = await makePlan(job.reader, connection.address, job.explained, chainNow());
    return { stage: { kind: "ready", plan }, plan };
  } catch (error) {
    const isShort = error instanceof NotEnoughTokens;
    const why = isShort ? error.message : explainError(error, job.context).sentence;
    return { stage: { kind: "blocked", why, isShort }, plan: null };
  }
}

async function execute(job: Job, plan: Plan): Promise<TransactionResult> {
  const { config, reader, explained, context, id } = job;
  const client = await getConnectorClient(config, { chainId: reader.network.chainId });
  const wallet = { client, account: client.account.address };
  if (plan.way !== "direct") show(job, { kind: plan.way === "permit" ? "permitting" : "approving", plan });
  const call = await clearTheWay(reader, wallet, explained, plan, (hash) =>
    show(job, { kind: "approving", plan, hash }),
  );
  show(job, { kind: "confirming", plan });
  const hash = await send(reader, wallet, call);
  setRequest(null);
  notify({ id, kind: "sent", text: explained.title, hash });
  remember({ hash, chainId: reader.network.chainId, title: explained.title, done: explained.done });
  try {
    const receipt = await settle(reader, wallet.account, call, hash, context);
    notify({ id, kind: "done", text: explained.done, hash: receipt.transactionHash, block: receipt.blockNumber });
    return { status: "confirmed", receipt };
  } catch (error) {
    return tell(job, error, hash);
  } finally {
    forget(hash);
  }
}

function tell({ id, context, explained }: Job, error: unknown, hash?: Hex): TransactionResult {
  if (isRejection(error)) {
    notify({ id, kind: "neutral", text: REJECTED });
    return { status: "cancelled" };
  }
  const why = sentenceOf(error, context);
  notify({ id, kind: "failed", text: `${explained.title}: ${why}`, ...(hash ? { hash } : {}) });
  return { status: "failed", why };
}

function sentenceOf(error: unknown, context: ErrorContext): string {
  if (error instanceof Failed) return error.message;
  if (isStillPending(error)) return "No block has taken it yet. It may still come; look at it in your wallet.";
  return explainError(error, context).sentence;
}

/** The wallet is asked, which can't be taken back from here: closing the sheet only hides it. */
function show(job: Job, stage: Stage): void {
  const nothing = () => undefined;
  const hide = () => setRequest(null);
  setRequest({ id: job.id, explained: job.explained, stage, agree: nothing, cancel: hide, retry: nothing });
}

function ask(job: Job, stage: Stage): Promise<Answer> {
  return new Promise((resolve) => {
    setRequest({
      id: job.id,
      explained: job.explained,
      stage,
      agree: () => resolve("agree"),
      cancel: () => resolve("cancel"),
      retry: () => resolve("retry"),
    });
  });
}
