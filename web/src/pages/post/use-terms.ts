/** What the chain has to say to a draft: tokens, committees, and where a committee would refuse. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { type Address, isAddress } from "viem";
import { formatMoney, keys, type TaskParams, type Token, useChain } from "../../chain";
import { type CommitteeTerms, committeeProblems, isComplete } from "../../owner/committee-terms";
import { makeParams } from "../../owner/params";
import type { Problems } from "../../owner/problems";
import { readAllTerms } from "../../owner/read-terms";
import type { DraftForm } from "./use-draft";

/** Task files count in whole tokens of 18 decimals. */
const DECIMALS = 18;
const NOBODY: Address = "0x0000000000000000000000000000000000000000";
const NO_DIGEST = `0x${"00".repeat(32)}` as const;
const REREAD_MS = 30_000;

export type Terms = ReturnType<typeof useTerms>;

export function useTerms(form: DraftForm) {
  const { network, reader } = useChain();
  const rewardTokens = network.rewardTokens.filter((token) => token.decimals === DECIMALS);
  const [wanted, chooseToken] = useState<string | null>(null);
  const rewardToken: Token | undefined = rewardTokens.find(({ address }) => address === wanted) ?? rewardTokens[0];
  const arbiter = arbiterOf(form);
  const all = useQuery({
    queryKey: [...keys.committees(network), "terms", rewardToken?.address, arbiter],
    queryFn: () => readAllTerms(reader, rewardToken?.address ?? NOBODY, arbiter),
    refetchInterval: REREAD_MS,
  });
  useOnlyCommittee(form, all.data);
  const params = useMemo(() => paramsOf(form, rewardToken), [form, rewardToken]);
  const chosen = all.data?.find(({ committee }) => committee.id === BigInt(wholeOrZero(form.draft.market?.committee)));
  const problems = useMemo(
    () => problemsOf(chosen, params, rewardToken, network.stakeToken),
    [chosen, params, rewardToken, network],
  );
  return { rewardTokens, rewardToken, chooseToken, stakeToken: network.stakeToken, all, chosen, params, problems };
}

/** Where there is no choice, none has to be made. */
function useOnlyCommittee(form: DraftForm, all: readonly CommitteeTerms[] | undefined): void {
  const { set } = form;
  const ready = all?.filter(({ committee, rateWad }) => isComplete(committee) && rateWad > 0n) ?? [];
  const only = ready.length === 1 ? ready[0]?.committee.id : undefined;
  const chosen = form.draft.market?.committee;
  useEffect(() => {
    if (only !== undefined && chosen === undefined) set("market", "committee", Number(only));
  }, [only, chosen, set]);
}

function arbiterOf(form: DraftForm): Address {
  const given = form.draft.market?.arbiter;
  return typeof given === "string" && isAddress(given, { strict: false }) ? given : NOBODY;
}

/** The terms as far as they are filled in, or null. */
function paramsOf(form: DraftForm, rewardToken: Token | undefined): TaskParams | null {
  try {
    return rewardToken ? makeParams(form.draft, rewardToken.address, NO_DIGEST, NO_DIGEST) : null;
  } catch {
    return null;
  }
}

function problemsOf(
  chosen: CommitteeTerms | undefined,
  params: TaskParams | null,
  reward: Token | undefined,
  stake: Token,
): Problems {
  if (chosen === undefined) return { "market.committee": "Choose a committee." };
  if (params === null || reward === undefined) return {};
  const tell = (token: Token) => (amount: bigint) => formatMoney({ token, amount });
  return committeeProblems(chosen, params, tell(reward), tell(stake));
}

const wholeOrZero = (value: unknown): number => (Number.isSafeInteger(value) ? Number(value) : 0);
