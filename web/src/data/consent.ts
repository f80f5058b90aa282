/**
 * Consent to one task as an EIP-712 message that a person can read in the wallet, and whether it covers the task as it
 * stands. Numbers that wallets would show in bare units are written as text.
 */
import { type TypedDataDefinition, verifyTypedData } from "viem";
import type { Hex } from "../core/bytes";
import type { PrivacyCap } from "./policy";
import type { Address, TaskSnapshot } from "./ports";

/** What is agreed to. Amounts in wei of rewardToken, expiresAt in seconds, noise as standard deviation per weight. */
export interface Consent {
  readonly task: bigint;
  readonly market: Address;
  readonly chain: number;
  readonly account: Address;
  /** Digest of the data set's file: names it without showing it. */
  readonly dataSet: Hex;
  readonly columns: readonly string[];
  readonly purpose: string;
  readonly rewardToken: Address;
  readonly minimumRewardPerRound: bigint;
  readonly privacy: PrivacyCap | null;
  readonly noiseMicro: number;
  readonly stakeUnits: number;
  readonly expiresAt: bigint;
  readonly nonce: bigint;
}

export interface SignedConsent {
  readonly consent: Consent;
  readonly signature: Hex;
  readonly signedAt: bigint;
  /** 0 while it stands. */
  readonly withdrawnAt: bigint;
}

const TYPES = {
  Consent: [
    { name: "task", type: "uint256" },
    { name: "market", type: "address" },
    { name: "chain", type: "uint256" },
    { name: "dataSet", type: "bytes32" },
    { name: "columns", type: "string[]" },
    { name: "purpose", type: "string" },
    { name: "rewardToken", type: "address" },
    { name: "minimumRewardPerRound", type: "uint256" },
    { name: "privacy", type: "string" },
    { name: "noisePerWeight", type: "string" },
    { name: "stakeUnits", type: "uint256" },
    { name: "expires", type: "string" },
    { name: "nonce", type: "uint256" },
  ],
} as const;

export type ConsentTypedData = TypedDataDefinition<typeof TYPES, "Consent">;

/** What the wallet shows and signs. The domain names chain and market, so no other market can use the signature. */
export function consentTypedData(consent: Consent): ConsentTypedData {
  return {
    domain: { name: "DeltaML", version: "1", chainId: consent.chain, verifyingContract: consent.market },
    types: TYPES,
    primaryType: "Consent",
    message: {
      task: consent.task,
      market: consent.market,
      chain: BigInt(consent.chain),
      dataSet: consent.dataSet,
      columns: [...consent.columns],
      purpose: consent.purpose,
      rewardToken: consent.rewardToken,
      minimumRewardPerRound: consent.minimumRewardPerRound,
      privacy: privacyText(consent.privacy),
      noisePerWeight: decimal(consent.noiseMicro),
      stakeUnits: BigInt(consent.stakeUnits),
      expires: new Date(Number(consent.expiresAt) * 1000).toISOString(),
      nonce: consent.nonce,
    },
  };
}

/** A number nobody can predict, so that two consents never look alike. */
export function drawNonce(): bigint {
  const words = crypto.getRandomValues(new BigUint64Array(2));
  return ((words[0] ?? 0n) << 64n) | (words[1] ?? 0n);
}

/** Whether the account in the consent signed it, as an ordinary account. */
export function isSigned({ consent, signature }: SignedConsent): Promise<boolean> {
  return verifyTypedData({ address: consent.account, ...consentTypedData(consent), signature }).catch(() => false);
}

/** The consent as it is kept once it was withdrawn at `now`. */
export function withdrawn(signed: SignedConsent, now: bigint): SignedConsent {
  return { ...signed, withdrawnAt: signed.withdrawnAt || now };
}

export function privacyText(cap: PrivacyCap | null): string {
  return cap
    ? `epsilon ${cap.epsilon} at delta ${cap.delta}, over all tasks`
    : "no limit: rounds may go out without noise";
}

/** Why this consent does not cover the task now, or null. */
export function consentProblem(signed: SignedConsent, snapshot: TaskSnapshot, account: Address): string | null {
  const { consent } = signed;
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  if (signed.withdrawnAt) return "you withdrew your consent to this task";
  if (!same(consent.account, account)) return "the consent was given by another account";
  if (
    consent.task !== snapshot.taskId ||
    consent.chain !== snapshot.chainId ||
    !same(consent.market, snapshot.market)
  ) {
    return "the consent is for another task";
  }
  if (!same(consent.rewardToken, snapshot.terms.rewardToken)) return "the consent names another reward token";
  if (consent.expiresAt <= snapshot.block.timestamp) return "your consent to this task has expired";
  return null;
}

function decimal(micro: number): string {
  return `${Math.floor(micro / 1_000_000)}.${String(micro % 1_000_000).padStart(6, "0")}`;
}
