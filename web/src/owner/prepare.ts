/** A task ready to be published: specification, validation set as the committee will see it, and the first state. */

import { initialState } from "../core/initial-state";
import type { State } from "../core/messages";
import type { OpenSpec } from "../core/open-spec";
import { features, type Table, targets } from "../core/table";
import { asReceived, type Validation } from "../core/validation";
import type { Draft } from "./draft";
import { makeSpec } from "./spec";

export interface PreparedTask {
  /** `validation` is still zero. */
  readonly spec: OpenSpec;
  readonly validation: Validation;
  readonly state: State;
}

/** Reads the owner's file as the model will see it and computes the initial state. Throws InvalidInput. */
export function prepareTask(draft: Draft, table: Table, ownerRecipient: Uint8Array): PreparedTask {
  const spec = makeSpec(draft, table, ownerRecipient);
  const written = { X: features(spec, table), y: targets(spec.target, table) };
  // The committee works with the set as it arrives, rounded to fixed point, and so does the owner.
  const validation = asReceived(spec.target.kind, written);
  return { spec, validation, state: initialState(spec, validation) };
}
