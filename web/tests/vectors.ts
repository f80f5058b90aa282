/** The golden vectors that Python wrote and holds itself to. */
import { readFileSync } from "node:fs";
import { fromHex } from "../src/core/bytes";
import { type Document, documentFrom } from "../src/core/document";
import type { Header } from "../src/core/messages";

/** A file of tests/vectors, taken at its word: what is missing fails the test that looks for it. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../tests/vectors/${name}.json`, import.meta.url), "utf-8"));
}

export interface GoldenDocument {
  bytes: string;
  digest: string;
  cid: string;
  chunks: string[];
}

export interface GoldenHeader {
  chain: number;
  market: string;
  task: number;
  round: number;
  sender: string;
}

export function golden(entry: GoldenDocument): Promise<Document> {
  return documentFrom([entry.bytes, ...entry.chunks].map(fromHex));
}

export function headerOf(entry: GoldenHeader): Header {
  return {
    chainId: entry.chain,
    market: fromHex(entry.market),
    taskId: BigInt(entry.task),
    round: entry.round,
    sender: fromHex(entry.sender),
  };
}

export function signed(words: readonly string[]): BigInt64Array {
  return BigInt64Array.from(words, BigInt);
}

export function unsigned(words: readonly string[]): BigUint64Array {
  return BigUint64Array.from(words, BigInt);
}
