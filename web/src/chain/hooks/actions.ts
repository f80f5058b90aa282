/** Actions that would succeed now: those that the facts allow, each tried on the chain. */
import { useQuery } from "@tanstack/react-query";
import { type Action, possibleActions, type Viewer } from "../actions";
import type { Token } from "../network";
import type { ChainReader } from "../reader";
import { readArbitrationCost } from "../reads/arbiter";
import type { ExplainedCall } from "../transactions/call";
import { simulate } from "../transactions/plan";
import {
  cancelTask,
  challengeRound,
  claimExpired,
  closeTask,
  endTask,
  expireTask,
  lapseDispute,
  leaveTask,
  refundTask,
  settleRound,
  startTask,
} from "../transactions/task-calls";
import { useChain } from "./context";
import { keys } from "./keys";
import type { TaskDetail } from "./queries";

export interface Offer {
  readonly action: Action;
  readonly explained: ExplainedCall;
}

/** `now`: chain time in seconds; offers are tried again whenever what the facts allow changes. */
export function useOffers(detail: TaskDetail, viewer: Viewer | null, token: Token | undefined, now: number) {
  const { network, reader } = useChain();
  const actions = viewer ? possibleActions(detail.task, detail.rounds, viewer, now) : [];
  const fingerprint = actions.map((action) =>
    JSON.stringify(action, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
  );
  return useQuery({
    queryKey: [
      ...keys.task(network, detail.task.id),
      "offers",
      viewer?.account ?? "0x",
      detail.at.number.toString(),
      ...fingerprint,
    ],
    queryFn: async () => {
      if (!viewer || !token) return [];
      const offers = await Promise.all(actions.map((action) => tryOffer(reader, detail, viewer, token, action)));
      return offers.filter((offer) => offer !== null);
    },
    enabled: viewer !== null && token !== undefined,
    // Never kept for offline: without the chain nothing can be offered.
    gcTime: 0,
    placeholderData: (before) => before,
  });
}

async function tryOffer(
  reader: ChainReader,
  detail: TaskDetail,
  viewer: Viewer,
  token: Token,
  action: Action,
): Promise<Offer | null> {
  try {
    const explained = await explain(reader, detail, viewer, token, action);
    await simulate(reader, viewer.account, explained.call);
    return { action, explained };
  } catch {
    // It would fail: not offered.
    return null;
  }
}

async function explain(
  reader: ChainReader,
  { task, round }: TaskDetail,
  viewer: Viewer,
  token: Token,
  action: Action,
): Promise<ExplainedCall> {
  const { network } = reader;
  switch (action.kind) {
    case "start":
      return startTask(network, task);
    case "cancel":
      return cancelTask(network, task, token);
    case "end":
      return endTask(network, task, round);
    case "refund":
      return refundTask(network, task, token, viewer.account);
    case "expire":
      return expireTask(network, task);
    case "close":
      return closeTask(network, task);
    case "leave":
      if (!viewer.trainer) throw new RangeError("only who joined can leave");
      return leaveTask(network, task, viewer.trainer);
    case "claimExpired":
      return claimExpired(network, task, action.share);
    case "settle":
      return settleRound(network, task, action.round);
    case "lapse":
      return lapseDispute(network, task, action.round);
    case "challenge":
      return challengeRound(network, task, action.round, await readArbitrationCost(reader, task, action.round));
  }
}
