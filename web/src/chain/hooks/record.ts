/** A committee's record, read from the tasks it served. */
import { useQuery } from "@tanstack/react-query";
import { encodeEventTopics, pad, toHex } from "viem";
import { committeesAbi } from "../abi/Committees";
import { decodeCommitteeEvent, readEvents } from "../events";
import { type ChainReader, readHead } from "../reader";
import { readRounds, readTasks } from "../reads/tasks";
import { committeeRecord } from "../record";
import type { Committee, Moment } from "../types";
import { useChain } from "./context";
import { keys } from "./keys";

const REREAD_MS = 60_000;

export function useCommitteeRecord(committee: Committee | undefined) {
  const { network, reader } = useChain();
  return useQuery({
    queryKey: [...keys.committee(network, committee?.id ?? 0n), "record"],
    queryFn: () => (committee ? readRecord(reader, committee) : null),
    enabled: committee !== undefined,
    refetchInterval: REREAD_MS,
  });
}

async function readRecord(reader: ChainReader, committee: Committee) {
  const at = await readHead(reader);
  const tasks = (await readTasks(reader, at)).filter(({ params }) => params.committeeId === committee.id);
  const [slashes, served] = await Promise.all([
    readSlashes(reader, committee.id, at),
    Promise.all(tasks.map(async (task) => ({ task, rounds: await readRounds(reader, task, at) }))),
  ]);
  return committeeRecord(committee.size, served, slashes);
}

async function readSlashes(reader: ChainReader, id: bigint, at: Moment): Promise<ReadonlyMap<number, bigint>> {
  const [topic = null] = encodeEventTopics({ abi: committeesAbi, eventName: "SeatSlashed" });
  const filter = { address: reader.network.committees, topics: [topic, pad(toHex(id))] };
  const { events } = await readEvents(reader, filter, at, decodeCommitteeEvent);
  const sums = new Map<number, bigint>();
  for (const { name, args } of events) {
    if (name !== "SeatSlashed") continue;
    const seat = Number(args.seat);
    sums.set(seat, (sums.get(seat) ?? 0n) + args.amount);
  }
  return sums;
}
