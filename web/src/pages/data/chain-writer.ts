/** What a trainer sends, each call explained on the sheet before the wallet opens. */
import type { Address } from "viem";
import { formatMoney, marketCall, type ChainReader as PageReader, type Transactions } from "../../chain";
import { readParts } from "../../chain/hooks/earnings";
import { readToken } from "../../chain/reads/accounts";
import { readRound, readTask } from "../../chain/reads/tasks";
import type { ExplainedCall } from "../../chain/transactions/call";
import { claimRewards } from "../../chain/transactions/earning-calls";
import { claimExpired, leaveTask } from "../../chain/transactions/task-calls";
import { depositStake, withdrawStake } from "../../chain/transactions/vault-calls";
import { Refused } from "../../core/errors";
import type { ChainWriter, TrainerCall } from "../../data/ports";

export function chainWriter(reader: PageReader, run: Transactions["run"], account: Address): ChainWriter {
  return {
    send: async (call) => {
      const explained = await explain(reader, account, call);
      // The deposit's own sheet lets the vault take the tokens, by signature where the token knows it.
      if (explained === null) return;
      const result = await run(explained);
      if (result.status === "confirmed") return;
      throw new Refused(result.status === "failed" ? result.why : "You declined. Nothing was sent.");
    },
  };
}

async function explain(reader: PageReader, account: Address, call: TrainerCall): Promise<ExplainedCall | null> {
  const { network } = reader;
  switch (call.name) {
    case "approveStake":
      return null;
    case "deposit":
      return depositStake(network, account, call.amount);
    case "withdraw":
      return withdrawStake(network, account, call.amount);
    case "join":
      return joinCall(reader, call);
    case "submitUpdate":
      return submitCall(reader, call);
    case "claim":
      return collectCall(reader, account, call.taskId);
    case "claimExpired": {
      const task = await readTask(reader, call.taskId);
      const round = await readRound(reader, call.taskId, task.round);
      return claimExpired(network, task, round.slashShare);
    }
    case "leave": {
      const part = (await readParts(reader, account)).find(({ task }) => task.id === call.taskId);
      if (part?.trainer === undefined) throw new Refused(`you take no part in task ${call.taskId}`);
      return leaveTask(network, part.task, part.trainer);
    }
  }
}

async function joinCall(reader: PageReader, call: TrainerCall & { name: "join" }): Promise<ExplainedCall> {
  const { network } = reader;
  const { params } = await readTask(reader, call.taskId);
  const stake = BigInt(call.units) * params.unitStake;
  const tell = (amount: bigint) => formatMoney({ token: network.stakeToken, amount });
  return {
    title: `Join task ${call.taskId}`,
    confirm: "Join",
    lines: [
      `${tell(stake)} of your deposit are locked until the task is over.`,
      `You take part in up to ${params.rounds} rounds. Keep the page open, or open it at least once in every round.`,
    ],
    locks: [{ what: "Your stake", token: network.stakeToken, amount: stake }],
    returns: ["Your stake comes back when the task is over, less penalties."],
    risks: [
      ...(params.missPenalty > 0n ? [`Every round that you miss costs ${tell(params.missPenalty)}.`] : []),
      ...(params.harmPenaltyBps > 0
        ? [`A round in which your update makes the model worse costs ${params.harmPenaltyBps / 100} % of the stake.`]
        : []),
      "Pay follows what your data add to the model. It can be nothing.",
    ],
    call: marketCall(network, "join", [call.taskId, call.units, call.recipient]),
    done: `You have joined task ${call.taskId}.`,
  };
}

async function submitCall(reader: PageReader, call: TrainerCall & { name: "submitUpdate" }): Promise<ExplainedCall> {
  const round = call.round + 1;
  return {
    title: `Send your update of round ${round}`,
    confirm: "Send",
    lines: [
      "Your update lies encrypted on IPFS. This tells the market where.",
      "It costs gas only. Once sent it can't be taken back.",
    ],
    call: marketCall(reader.network, "submitUpdate", [call.taskId, BigInt(call.round), call.digest]),
    done: `Your update of round ${round} is in.`,
  };
}

/** All that is due of one task, with amounts to the wei. */
async function collectCall(reader: PageReader, account: Address, taskId: bigint): Promise<ExplainedCall> {
  const part = (await readParts(reader, account)).find(({ task }) => task.id === taskId);
  if (!part?.claims?.claims.length)
    throw new Refused("nothing is due yet: a round pays once it can't be challenged any more");
  const token = await readToken(reader, part.task.params.rewardToken);
  return claimRewards(reader.network, [part.claims], () => token, account);
}
