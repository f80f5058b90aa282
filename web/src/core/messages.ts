/** The messages of a round (design §5) that a page writes or reads. Every one names its place and sender (R14). */
import type { Value, ValueMap } from "./blocks";
import { equalBytes, toHex } from "./bytes";
import { type Document, documentOf, type MadeDocument, topOf } from "./document";
import { InvalidMessage } from "./errors";
import { asBigInt, Fields } from "./fields";
import { MemoryStore } from "./store";
import { getSigned, putVector } from "./vectors";

export const MAX_SEALED_SEED_BYTES = 8192;
const MAX_ID = (1n << 63n) - 1n;
const MEASURE_LIMIT = 1n << 62n;
const WAD = 10n ** 18n;

/** Where a message belongs: chain, market and sender (20 bytes each), task, and round from 0. */
export interface Header {
  readonly chainId: number;
  readonly market: Uint8Array;
  readonly taskId: bigint;
  readonly round: number;
  readonly sender: Uint8Array;
}

export const HEADER_NAMES = ["chain", "market", "task", "round", "sender"] as const;

export function headerMap(header: Header): ValueMap {
  return {
    chain: header.chainId,
    market: header.market,
    task: header.taskId,
    round: header.round,
    sender: header.sender,
  };
}

/** Throws InvalidMessage unless this is exactly the expected header: nothing made for elsewhere is accepted. */
export function requireHeader(given: Fields, expected: Header): void {
  const same =
    given.wide("chain", 1n, MAX_ID) === BigInt(expected.chainId) &&
    equalBytes(given.octets("market", 20), expected.market) &&
    given.wide("task", 0n, MAX_ID) === expected.taskId &&
    given.integer("round", 0, 255) === expected.round &&
    equalBytes(given.octets("sender", 20), expected.sender);
  if (!same) {
    const { chainId, taskId, round, sender } = expected;
    throw new InvalidMessage(
      `message belongs elsewhere; expected chain ${chainId}, task ${taskId}, round ${round}, sender ${toHex(sender)}`,
    );
  }
}

/** A trainer's blob: masked uint64[d], and per holder set the seed's commitment and the seed, sealed to the set. */
export interface Update {
  readonly vector: ValueMap;
  readonly commitments: readonly Uint8Array[];
  readonly sealedSeeds: readonly Uint8Array[];
}

export const UPDATE_TYPE = "deltaml/update/1";

/** `blocks` holds the chunks of the vector. */
export function updateDocument(header: Header, update: Update, blocks: MemoryStore): Promise<MadeDocument> {
  const top = {
    type: UPDATE_TYPE,
    ...headerMap(header),
    vector: update.vector,
    commitments: update.commitments,
    seeds: update.sealedSeeds,
  };
  return documentOf(top, blocks);
}

/** The blob of `expected` for a committee of `nSets` holder sets. Throws InvalidMessage, Unavailable. */
export async function decodeUpdate(document: Document, expected: Header, nSets: number): Promise<Update> {
  const names = ["type", ...HEADER_NAMES, "vector", "commitments", "seeds"];
  const given = Fields.of(UPDATE_TYPE, await topOf(document), names);
  given.choice("type", [UPDATE_TYPE]);
  requireHeader(given, expected);
  const commitments = given.sequence("commitments", nSets, nSets);
  const sealedSeeds = given.sequence("seeds", nSets, nSets);
  if (!commitments.every((item) => isBytes(item) && item.length === 32)) {
    throw given.fail("commitments", "32 bytes each");
  }
  if (!sealedSeeds.every((item) => isBytes(item) && item.length <= MAX_SEALED_SEED_BYTES)) {
    throw given.fail("seeds", `at most ${MAX_SEALED_SEED_BYTES} bytes each`);
  }
  const vector = given.get("vector");
  if (!isVectorNode(vector)) throw given.fail("vector", "a vector node");
  return { vector, commitments: commitments.filter(isBytes), sealedSeeds: sealedSeeds.filter(isBytes) };
}

/**
 * What a round of an open-model task starts from: weights int64[d] at fractionBits, the loss gradient there int64[d] at
 * gradientBits, each trainer's carried deficit (R3, none above 0), progress, validation loss and metric.
 */
export interface State {
  readonly round: number;
  readonly weights: BigInt64Array;
  readonly gradient: BigInt64Array;
  readonly carried: readonly bigint[];
  readonly progressWad: bigint;
  readonly lossMicro: bigint;
  readonly metricMicro: bigint;
}

export const STATE_TYPE = "deltaml/state/1";

export async function stateDocument(state: State): Promise<MadeDocument> {
  const blocks = new MemoryStore();
  const top = {
    type: STATE_TYPE,
    round: state.round,
    weights: await putVector(blocks, state.weights),
    gradient: await putVector(blocks, state.gradient),
    carried: state.carried,
    progress_wad: state.progressWad,
    loss_micro: state.lossMicro,
    metric_micro: state.metricMicro,
  };
  return documentOf(top, blocks);
}

/** The state in a document, for a model of `length` weights; the initial one (round 0) carries nothing for anybody. */
export async function decodeState(document: Document, length: number, nTrainers: number): Promise<State> {
  const names = ["type", "round", "weights", "gradient", "carried", "progress_wad", "loss_micro", "metric_micro"];
  const given = Fields.of(STATE_TYPE, await topOf(document), names);
  given.choice("type", [STATE_TYPE]);
  const round = given.integer("round", 0, 256);
  return {
    round,
    weights: await getSigned(document.blocks, given.get("weights"), length),
    gradient: await getSigned(document.blocks, given.get("gradient"), length),
    carried: readCarried(given, round, nTrainers),
    progressWad: given.wide("progress_wad", 0n, WAD),
    lossMicro: given.wide("loss_micro", -MEASURE_LIMIT, MEASURE_LIMIT),
    metricMicro: given.wide("metric_micro", -MEASURE_LIMIT, MEASURE_LIMIT),
  };
}

function readCarried(given: Fields, round: number, nTrainers: number): bigint[] {
  const carried = given.sequence("carried", 0, 1024).map(asBigInt);
  if (carried.length !== (round === 0 ? 0 : nTrainers)) {
    throw given.fail("carried", `${nTrainers} deficits, none in the initial state`);
  }
  const deficits = carried.filter((item): item is bigint => item !== null && item <= 0n && item >= -MEASURE_LIMIT);
  if (deficits.length !== carried.length) throw given.fail("carried", "integers that are not positive");
  return round === 0 ? new Array<bigint>(nTrainers).fill(0n) : deficits;
}

function isBytes(value: Value): value is Uint8Array {
  return value instanceof Uint8Array;
}

function isVectorNode(value: Value): value is ValueMap {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
