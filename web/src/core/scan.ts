/** One pass over CBOR bytes that builds nothing: bombs are refused before the decoder sees them (R12). */
import { fromHex } from "./bytes";
import { InvalidMessage } from "./errors";

export const MAX_ITEMS = 1 << 16;
/** Values in one block, a link counting as 16: decoding a link takes far longer than decoding a small value. */
export const LINK_COST_ITEMS = 16;
/** CIDv1, dag-cbor, sha2-256, 32 bytes. */
export const LINK_DIGEST_PREFIX = fromHex("01711220");

const LINK_PREFIX = fromHex("d82a58250001711220"); // tag 42, 37 bytes, identity multibase
const LINK_BYTES = LINK_PREFIX.length + 32;
const SIMPLE = new Set([0xf4, 0xf5, 0xf6]); // false, true, null

/** Throws InvalidMessage unless data is one CBOR item of the kinds we use, within the limits, to its last byte. */
export function checkStructure(data: Uint8Array, maxDepth: number): void {
  const open = [1];
  let position = 0;
  let items = 0;
  for (let left = open.at(-1); left !== undefined; left = open.at(-1)) {
    if (left === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1] = left - 1;
    items += 1;
    const start = position;
    const head = readHead(data, start);
    position = head.end;
    const bytesLeft = data.length - position;
    if (head.major === 2 || head.major === 3) {
      if (head.argument > bytesLeft) {
        throw new InvalidMessage(`string of ${head.argument} bytes declared where ${bytesLeft} are left`);
      }
      position += head.argument;
    } else if (head.major === 4 || head.major === 5) {
      const inside = head.argument * (head.major - 3);
      if (inside > bytesLeft) throw new InvalidMessage(`${inside} values declared where ${bytesLeft} bytes are left`);
      if (open.length > maxDepth) throw new InvalidMessage(`nested deeper than ${maxDepth} levels`);
      open.push(inside);
    } else if (head.major === 6) {
      if (data.length - start < LINK_BYTES || LINK_PREFIX.some((byte, i) => data[start + i] !== byte)) {
        throw new InvalidMessage("only links to dag-cbor blocks under sha2-256 may be tagged");
      }
      position = start + LINK_BYTES;
      items += LINK_COST_ITEMS - 1;
    } else if (head.major === 7 && !SIMPLE.has(data[start] ?? 0)) {
      throw new InvalidMessage("floats and CBOR's other simple values are refused: only integers are hashed");
    }
    if (items > MAX_ITEMS) {
      throw new InvalidMessage(`more than ${MAX_ITEMS} values in one block, a link counting as ${LINK_COST_ITEMS}`);
    }
  }
  if (position !== data.length) throw new InvalidMessage(`${data.length - position} bytes after the end`);
}

interface Head {
  major: number;
  argument: number;
  end: number;
}

/** RFC 8949 §3. Arguments above 2^53 lose their last digits, which no comparison with a block's size can notice. */
function readHead(data: Uint8Array, position: number): Head {
  const first = data[position];
  if (first === undefined) throw new InvalidMessage("ends too early");
  const major = first >> 5;
  const info = first & 31;
  if (info < 24) return { major, argument: info, end: position + 1 };
  const end = position + 1 + (1 << (info - 24));
  if (info > 27 || end > data.length) {
    throw new InvalidMessage("ends too early, or a length that is not definite");
  }
  let argument = 0;
  for (let i = position + 1; i < end; i++) argument = argument * 256 + (data[i] ?? 0);
  return { major, argument, end };
}
