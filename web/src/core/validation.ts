/** The owner's validation set as a document: standardised features and targets as fixed-point integers (R17). */
import { documentOf, type MadeDocument } from "./document";
import { FixedPoint } from "./fixed-point";
import type { Target } from "./spec";
import { MemoryStore } from "./store";
import { putVector } from "./vectors";

/** The set as the model sees it: X row-major [rows, features], y labels or standardised targets. */
export interface Validation {
  readonly X: Float64Array;
  readonly y: Float64Array;
}

const TYPE = "deltaml/validation/1";
const DATA_FORMAT = new FixedPoint(24);

export async function validationDocument(kind: Target["kind"], validation: Validation): Promise<MadeDocument> {
  const blocks = new MemoryStore();
  const targets = kind === "number" ? DATA_FORMAT.encode(validation.y) : BigInt64Array.from(validation.y, BigInt);
  const top = {
    type: TYPE,
    rows: validation.y.length,
    features: await putVector(blocks, DATA_FORMAT.encode(validation.X)),
    targets: await putVector(blocks, targets),
  };
  return documentOf(top, blocks);
}

/** The set as it arrives at the committee, rounded to fixed point: what the owner must compute with too. */
export function asReceived(kind: Target["kind"], validation: Validation): Validation {
  const rounded = (values: Float64Array) => DATA_FORMAT.decode(DATA_FORMAT.encode(values));
  return { X: rounded(validation.X), y: kind === "number" ? rounded(validation.y) : validation.y };
}
