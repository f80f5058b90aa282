/** The model a round starts from, fetched and checked against what the chain says it is; as deltaml/board/states.py. */
import { cidOf } from "../core/blocks";
import { equalBytes, fromHex } from "../core/bytes";
import { fetchSealed } from "../core/document";
import type { Identity } from "../core/envelope";
import { InvalidMessage, Unavailable } from "../core/errors";
import { decodeState, type State } from "../core/messages";
import { sizeOf, type TaskSpec } from "../core/spec";
import type { Store } from "../core/store";
import type { TaskSnapshot } from "./ports";

const STATE_KIND = 1;
const WORD_BYTES = 8;
/** Heads, links and deficits beside the vectors of a state. */
const OVERHEAD_BYTES = 1 << 20;

/**
 * The state that round `number` starts from (one past the last round: the final state). Throws Unavailable when no
 * announcement leads to it (yet), InvalidMessage when the initial one is broken.
 */
export async function readState(
  store: Store,
  identity: Identity,
  snapshot: TaskSnapshot,
  spec: TaskSpec,
  number: number,
): Promise<State> {
  const digest = stateDigest(snapshot, number);
  const length = sizeOf(spec);
  if (number === 0) return decodeState({ digest, blocks: store }, length, snapshot.trainers.length);
  const problems: string[] = [];
  const posted = snapshot.announcements.filter((post) => post.round === number - 1 && post.kind === STATE_KIND);
  for (const announcement of posted) {
    try {
      const maxBytes = 2 * WORD_BYTES * length + OVERHEAD_BYTES;
      const document = await fetchSealed(fromHex(announcement.digest), identity, store, maxBytes);
      if (equalBytes(document.digest, digest)) return await decodeState(document, length, snapshot.trainers.length);
      problems.push(`${announcement.sender} announced another state`);
    } catch (error) {
      if (!(error instanceof InvalidMessage || error instanceof Unavailable)) throw error;
      problems.push(`${announcement.sender}: ${error.message}`);
    }
  }
  const reasons = problems.map((problem) => `; ${problem}`).join("");
  throw new Unavailable(`the model of round ${number} (${cidOf(digest)}) is not to be had yet${reasons}`);
}

/** Digest of the state that round `number` starts from: the posted one, or what the round before led to. */
function stateDigest(snapshot: TaskSnapshot, number: number): Uint8Array {
  const reveal = snapshot.reveals.find((candidate) => candidate.round === number - 1);
  const digest = number === 0 ? snapshot.terms.modelDigest : reveal?.modelDigest;
  if (digest === undefined) throw new Unavailable(`round ${number - 1} is not revealed yet`);
  return fromHex(digest);
}
