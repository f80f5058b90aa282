/** The chain as the headless data client wants it: a task with all that was said of it, at one block. */
import type { Address as AccountAddress } from "viem";
import type { ChainReader as PageReader } from "../../chain";
import { type EventPage, eventsNamed, type MarketEvent, readTaskEvents } from "../../chain/events";
import { readHead } from "../../chain/reader";
import { readAccountStake, readAllowance } from "../../chain/reads/accounts";
import { readCommittee } from "../../chain/reads/committees";
import { readClaimedRounds, readRounds, readTask, readTrainer, readTrainerIndex } from "../../chain/reads/tasks";
import { Dispute, ProgressRule, type Round, Status, type Task } from "../../chain/types";
import { messageOf, Unavailable } from "../../core/errors";
import type { AccountFacts, ChainReader, RoundFacts, TaskSnapshot, TaskStatus } from "../../data/ports";

const STATUS_NAMES: Readonly<Record<Status, TaskStatus>> = {
  [Status.None]: "cancelled",
  [Status.Joining]: "joining",
  [Status.Training]: "training",
  [Status.Completed]: "completed",
  [Status.Failed]: "failed",
  [Status.Cancelled]: "cancelled",
};

const DISPUTE_NAMES = {
  [Dispute.None]: "none",
  [Dispute.Open]: "open",
  [Dispute.Upheld]: "upheld",
  [Dispute.Overturned]: "overturned",
} as const;

/** Keeps the events of each task that it has read, so that the next look fetches only what is new. */
export function chainPorts(reader: PageReader): ChainReader {
  const pages = new Map<bigint, EventPage<MarketEvent>>();
  const available = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      throw new Unavailable(`the chain did not answer: ${messageOf(error).split("\n")[0]}`);
    }
  };
  return {
    task: (taskId) =>
      available(async () => {
        const at = await readHead(reader);
        const task = await readTask(reader, taskId, at);
        const [rounds, committee, page] = await Promise.all([
          readRounds(reader, task, at),
          readCommittee(reader, task.params.committeeId, at),
          readTaskEvents(reader, task, at, pages.get(taskId)),
        ]);
        pages.set(taskId, page);
        return snapshotOf(
          reader,
          task,
          at,
          rounds,
          committee.seats.map((seat) => seat.recipient),
          page.events,
        );
      }),
    account: (taskId, account) => available(() => readAccount(reader, taskId, account)),
  };
}

async function readAccount(reader: PageReader, taskId: bigint, account: AccountAddress): Promise<AccountFacts> {
  const { network } = reader;
  const at = await readHead(reader);
  const [stake, allowance, claimedRounds, index] = await Promise.all([
    readAccountStake(reader, account, at),
    readAllowance(reader, network.stakeToken.address, account, network.vault),
    readClaimedRounds(reader, taskId, account, at),
    readTrainerIndex(reader, taskId, account, at),
  ]);
  const trainer = index === null ? null : await readTrainer(reader, taskId, index, at);
  return {
    freeStake: stake.free,
    stakeBalance: stake.wallet,
    stakeAllowance: allowance,
    claimedRounds,
    left: trainer?.left ?? false,
    submittedRounds: trainer?.submittedRounds ?? 0,
  };
}

function snapshotOf(
  { network }: PageReader,
  task: Task,
  at: { readonly number: bigint; readonly timestamp: number },
  rounds: readonly Round[],
  committee: TaskSnapshot["committee"],
  events: readonly MarketEvent[],
): TaskSnapshot {
  const reveals = eventsNamed(events, "RoundRevealed").map(({ args }) => ({
    round: Number(args.round),
    modelDigest: args.modelDigest,
    progressWad: args.progressWad,
    released: args.released,
    scores: args.scores,
  }));
  const facts = rounds.map(roundFacts);
  const byNumber = (number: number) => facts.find((round) => round.round === number) ?? emptyRound(number);
  return {
    chainId: network.chainId,
    market: network.market,
    taskId: task.id,
    block: { number: at.number, timestamp: BigInt(at.timestamp) },
    status: STATUS_NAMES[task.status],
    terms: {
      ...task.params,
      progressRule: task.params.progressRule === ProgressRule.PerRound ? "per-round" : "measured",
    },
    owner: task.owner,
    joinEndsAt: BigInt(task.joinEndsAt),
    round: task.round,
    unsettled: task.unsettled,
    current: byNumber(task.round),
    trainers: eventsNamed(events, "TrainerJoined").map(({ args }) => ({
      account: args.trainer,
      units: args.units,
      recipient: args.recipient,
    })),
    submissions: eventsNamed(events, "UpdateSubmitted").map(({ args }) => ({
      round: Number(args.round),
      index: Number(args.index),
      digest: args.digest,
    })),
    announcements: eventsNamed(events, "Announced").map(({ args }) => ({
      round: Number(args.round),
      sender: args.sender,
      kind: args.kind,
      digest: args.digest,
    })),
    reveals,
    revealedRounds: reveals.map(({ round }) => byNumber(round)),
    committee,
  };
}

function roundFacts(round: Round): RoundFacts {
  return {
    round: round.number,
    openedAt: BigInt(round.openedAt),
    closesAt: BigInt(round.closesAt),
    revealedAt: BigInt(round.revealedAt),
    basis: round.basis,
    totalScore: round.totalScore,
    missShare: round.missShare,
    harmPot: round.harmPot,
    slashShare: round.slashShare,
    dispute: DISPUTE_NAMES[round.dispute],
  };
}

/** Before the first round opens there is none. */
function emptyRound(round: number): RoundFacts {
  const none = { openedAt: 0n, closesAt: 0n, revealedAt: 0n };
  return { round, ...none, basis: 0n, totalScore: 0n, missShare: 0n, harmPot: 0n, slashShare: 0n, dispute: "none" };
}
