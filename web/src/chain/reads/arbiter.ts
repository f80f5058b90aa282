/** What an arbiter asks for a dispute (ERC-792). */
import { encodeAbiParameters } from "viem";
import { arbiterAbi } from "../abi/IArbiter";
import type { ChainReader } from "../reader";
import type { Task } from "../types";

/** Wei of ether that a challenge of this round costs now. */
export async function readArbitrationCost(reader: ChainReader, task: Task, round: number): Promise<bigint> {
  const extraData = encodeAbiParameters(
    [{ type: "address" }, { type: "uint256" }, { type: "uint256" }],
    [reader.network.market, task.id, BigInt(round)],
  );
  return reader.client.readContract({
    address: task.params.arbiter,
    abi: arbiterAbi,
    functionName: "arbitrationCost",
    args: [extraData],
  });
}
