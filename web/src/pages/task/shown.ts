import type { MarketEvent } from "../../chain/events";
import type { TaskDetail } from "../../chain/hooks/queries";
import type { Token } from "../../chain/network";
import type { Spec } from "../../core/specs";

/** What every part of the task page draws from. */
export interface Shown {
  readonly detail: TaskDetail;
  readonly events: readonly MarketEvent[];
  readonly spec: Spec | undefined;
  readonly token: Token | undefined;
}
