/** The newest agreed model of a task, decrypted with the owner's identity. */

import { type EventOf, eventsNamed, type MarketEvent } from "../chain/events";
import { Outcome, type Task } from "../chain/types";
import { cidOf } from "../core/blocks";
import { equalBytes, fromHex } from "../core/bytes";
import { fetchSealed } from "../core/document";
import type { Identity } from "../core/envelope";
import { messageOf, Unavailable } from "../core/errors";
import { decodeState, type State } from "../core/messages";
import type { OpenSpec } from "../core/open-spec";
import { sizeOf } from "../core/spec";
import type { Store } from "../core/store";

/** `Kind.STATE` of announcements: the state that the announced round led to. */
const STATE = 1;
const MAX_STATE_BYTES = 1 << 30;

/** The round that starts from the newest agreed state: rounds that were aborted led to none of their own. */
export function newestRound(events: readonly MarketEvent[]): number {
  return scored(events).reduce((newest, { args }) => Math.max(newest, Number(args.round) + 1), 0);
}

const scored = (events: readonly MarketEvent[]): readonly EventOf<"RoundRevealed">[] =>
  eventsNamed(events, "RoundRevealed").filter(({ args }) => args.outcome === Outcome.Scored);

/**
 * Tries every identity of this browser. Throws Unavailable when nobody has the state or none of the identities opens
 * it, InvalidMessage when it is broken.
 */
export async function fetchNewestState(
  task: Task,
  spec: OpenSpec,
  events: readonly MarketEvent[],
  identities: readonly Identity[],
  store: Store,
): Promise<State> {
  const number = newestRound(events);
  const length = sizeOf(spec);
  if (number === 0) {
    return decodeState({ digest: fromHex(task.params.modelDigest), blocks: store }, length, task.trainerCount);
  }
  const reveal = scored(events).find(({ args }) => Number(args.round) === number - 1);
  const digest = fromHex(reveal?.args.modelDigest ?? "0x");
  const announced = eventsNamed(events, "Announced").filter(
    ({ args }) => args.kind === STATE && Number(args.round) === number - 1,
  );
  const problems: string[] = [];
  for (const { args } of announced) {
    for (const identity of identities) {
      try {
        const document = await fetchSealed(fromHex(args.digest), identity, store, MAX_STATE_BYTES);
        if (equalBytes(document.digest, digest)) return await decodeState(document, length, task.trainerCount);
        problems.push(`${args.sender} announced another state`);
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
  }
  const why = problems.length > 0 ? `: ${[...new Set(problems)].join("; ")}` : ", nobody has announced it yet";
  throw new Unavailable(`the model ${cidOf(digest)} can't be opened${why}`);
}
