/** Typed reads of the committees. */
import type { Address } from "viem";
import { committeesAbi } from "../abi/Committees";
import type { ChainReader } from "../reader";
import type { Committee, Moment } from "../types";
import { blockOf } from "./tasks";

export async function readCommittee(reader: ChainReader, id: bigint, at?: Moment): Promise<Committee> {
  const about = { ...committees(reader), args: [id], ...blockOf(at) } as const;
  const [committee, seats] = await Promise.all([
    reader.client.readContract({ ...about, functionName: "committeeOf" }),
    reader.client.readContract({ ...about, functionName: "seatsOf" }),
  ]);
  return { ...committee, id, seats };
}

/** All committees, in the order of their founding. */
export async function readCommittees(reader: ChainReader, at?: Moment): Promise<readonly Committee[]> {
  const count = await reader.client.readContract({
    ...committees(reader),
    functionName: "committeeCount",
    ...blockOf(at),
  });
  const ids = Array.from({ length: Number(count) }, (_, index) => BigInt(index + 1));
  return Promise.all(ids.map((id) => readCommittee(reader, id, at)));
}

/** How many wei of stake one wei of the reward token counts for, times 1e18; zero: the token is not accepted. */
export async function readRate(reader: ChainReader, id: bigint, token: Address, at?: Moment): Promise<bigint> {
  return reader.client.readContract({
    ...committees(reader),
    functionName: "stakePerRewardWad",
    args: [id, token],
    ...blockOf(at),
  });
}

/** Whether the committee could take a task with so much at stake now (R6b); its other terms are not looked at. */
export async function readCanReserve(
  reader: ChainReader,
  id: bigint,
  token: Address,
  pool: bigint,
  at?: Moment,
): Promise<boolean> {
  return reader.client.readContract({
    ...committees(reader),
    functionName: "canReserve",
    args: [id, token, pool],
    ...blockOf(at),
  });
}

/** Wei of stake that open pools may reach in all: the committee's stake times its exposure limit (R6b). */
export function exposureLimit(committee: Committee): bigint {
  return (committee.stakeTotal * BigInt(committee.exposureBps)) / 10_000n;
}

function committees(reader: ChainReader) {
  return { address: reader.network.committees, abi: committeesAbi } as const;
}
