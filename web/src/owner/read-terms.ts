/** Reads what every committee asks of a task with this token and arbiter. */
import type { Address } from "viem";
import { committeesAbi } from "../chain/abi/Committees";
import type { ChainReader } from "../chain/reader";
import { readCommittees, readRate } from "../chain/reads/committees";
import type { CommitteeTerms } from "./committee-terms";

export async function readAllTerms(
  reader: ChainReader,
  rewardToken: Address,
  arbiter: Address,
): Promise<readonly CommitteeTerms[]> {
  const committees = await readCommittees(reader);
  return Promise.all(
    committees.map(async (committee) => {
      const [rateWad, acceptsArbiter] = await Promise.all([
        readRate(reader, committee.id, rewardToken),
        reader.client.readContract({
          address: reader.network.committees,
          abi: committeesAbi,
          functionName: "acceptsArbiter",
          args: [committee.id, arbiter],
        }),
      ]);
      return { committee, rateWad, acceptsArbiter };
    }),
  );
}
