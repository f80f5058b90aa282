/** A task, a round and an account in the middle of ordinary life; tests change what they are about. */
import { type Address, zeroAddress, zeroHash } from "viem";
import type { Network, Token } from "../../src/chain/network";
import { ProgressRule, type Round, Status, type Task, type Trainer } from "../../src/chain/types";

export const T0 = 1_800_000_000;
export const ETHER = 10n ** 18n;
export const OWNER: Address = "0x1111111111111111111111111111111111111111";
export const ALICE: Address = "0x2222222222222222222222222222222222222222";
export const STAKE: Token = { address: "0x3333333333333333333333333333333333333333", symbol: "STK", decimals: 18 };
export const REWARD: Token = { address: "0x4444444444444444444444444444444444444444", symbol: "RWD", decimals: 6 };

export const NETWORK: Network = {
  chainId: 31337,
  name: "Test chain",
  rpcUrl: "http://127.0.0.1:1",
  ipfsApi: "http://127.0.0.1:2",
  market: "0x5555555555555555555555555555555555555555",
  vault: "0x6666666666666666666666666666666666666666",
  committees: "0x7777777777777777777777777777777777777777",
  stakeToken: STAKE,
  rewardTokens: [REWARD],
  blockNumber: 1n,
};

export function task(change: Partial<Task> = {}, params: Partial<Task["params"]> = {}): Task {
  return {
    id: 7n,
    owner: OWNER,
    status: Status.Training,
    round: 0,
    trainerCount: 3,
    joinEndsAt: T0,
    endRequested: false,
    progressWad: 0n,
    released: 0n,
    refundable: 0n,
    unsettled: 0,
    committeeReleased: false,
    modelDigest: zeroHash,
    ...change,
    params: {
      rewardToken: REWARD.address,
      pool: 1_000_000_000n,
      feePerRound: 4_000_000n,
      committeeId: 1n,
      arbiter: zeroAddress,
      specDigest: zeroHash,
      modelDigest: zeroHash,
      rounds: 4,
      minTrainers: 3,
      maxTrainers: 5,
      maxUnits: 10,
      unitStake: 10n * ETHER,
      missPenalty: ETHER,
      harmPenaltyBps: 500,
      progressRule: ProgressRule.Measured,
      joinWindow: 1000,
      submitWindow: 100,
      commitWindow: 20,
      voteWindow: 200,
      challengeWindow: 50,
      challengeBond: 5n * ETHER,
      ...params,
    },
  };
}

/** Opened at T0; closes at T0 + 100, commitments until + 120, openings until + 140, votes until + 300. */
export function round(change: Partial<Round> = {}): Round {
  return {
    number: 0,
    openedAt: T0,
    closesAt: T0 + 100,
    commitEndsAt: T0 + 120,
    openEndsAt: T0 + 140,
    voteEndsAt: T0 + 300,
    revealedAt: 0,
    submitted: 3,
    committedMask: 0b1111,
    openedMask: 0b1111,
    votedMask: 0b1111,
    matchedMask: 0b1111,
    vouchedMask: 0b1111,
    accepted: 3,
    quorumHash: zeroHash,
    root: zeroHash,
    released: 0n,
    basis: 0n,
    remaining: 0n,
    totalScore: 0n,
    missShare: 0n,
    harmPot: 0n,
    feeShare: 0n,
    slashShare: 0n,
    settled: false,
    dispute: 0,
    challenger: zeroAddress,
    disputedAt: 0,
    ...change,
  };
}

export function trainer(change: Partial<Trainer> = {}): Trainer {
  return { index: 0, account: ALICE, units: 2, missed: 0, harmed: 0, submittedRounds: 1, left: false, ...change };
}
