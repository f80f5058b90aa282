/**
 * One tree of errors; each class says whether trying again can help.
 *
 * DeltaMLError
 * ├── InvalidInput        what somebody gave us is wrong: fix it, don't retry
 * │   └── InvalidMessage  bytes from another party that break a rule: its sender pays, nobody else
 * ├── Unavailable         something outside did not answer: retry later
 * └── Refused             the chain, a policy or a budget says no
 */
export class DeltaMLError extends Error {
  readonly retryable: boolean = false;
  override name = "DeltaMLError";
}

export class InvalidInput extends DeltaMLError {
  override name = "InvalidInput";
}

export class InvalidMessage extends InvalidInput {
  override name = "InvalidMessage";
}

export class Unavailable extends DeltaMLError {
  override readonly retryable = true;
  override name = "Unavailable";
}

export class Refused extends DeltaMLError {
  override name = "Refused";
}

/** What went wrong, in words, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
