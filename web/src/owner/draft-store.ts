/** What survives a reload: the draft, and what an attempt to post it has reached. */

import type { Hex } from "../core/bytes";
import type { Draft } from "./draft";
import { draftFrom } from "./draft-from";
import type { PublishedTask } from "./publish";
import { STARTING_DRAFT } from "./starting-draft";

const DRAFT_KEY = "deltaml.draft";
const ATTEMPT_KEY = "deltaml.posting";

/** A published task whose transaction may or may not have been sent. */
export interface Attempt extends PublishedTask {
  readonly chainId: number;
  readonly market: Hex;
  readonly name: string;
  /** The draft and file it was made of: a change of either makes another attempt. */
  readonly fingerprint: string;
  /** The transaction that was sent last: while it may still come, none other is sent. */
  readonly sentHash?: Hex;
}

export function loadDraft(): Draft {
  const text = localStorage.getItem(DRAFT_KEY);
  if (text === null) return STARTING_DRAFT;
  try {
    return draftFrom(JSON.parse(text));
  } catch {
    return STARTING_DRAFT;
  }
}

export function saveDraft(draft: Draft): void {
  localStorage.setItem(DRAFT_KEY, JSON.stringify(draft));
}

export function loadAttempt(): Attempt | null {
  const text = localStorage.getItem(ATTEMPT_KEY);
  if (text === null) return null;
  try {
    const given = JSON.parse(text);
    return typeof given.specDigest === "string" && typeof given.fingerprint === "string" ? given : null;
  } catch {
    return null;
  }
}

export function saveAttempt(attempt: Attempt | null): void {
  if (attempt === null) localStorage.removeItem(ATTEMPT_KEY);
  else localStorage.setItem(ATTEMPT_KEY, JSON.stringify(attempt));
}
