/** What a policy decides: writes, and what is to change in the status. Decisions are joined, then turned into one plan. */
import type { ReplicatedJobStatus } from "../../api/jobset/types.ts";
import type { Apply, EventRecord, Remove } from "../../runtime/plan.ts";
import type { ConditionChange } from "./conditions.ts";

/** Fields of the status that a policy moves; the rest stays as it is. */
export interface StatusChange {
  readonly restarts?: number;
  readonly restartsCountTowardsMax?: number;
  readonly terminalState?: "Completed" | "Failed";
  readonly counts?: ReadonlyMap<string, ReplicatedJobStatus>;
  readonly previousInPlaceRestartAttempt?: number;
  readonly currentInPlaceRestartAttempt?: number;
}

export interface Decision {
  readonly apply?: readonly Apply[];
  readonly remove?: readonly Remove[];
  readonly conditions?: readonly ConditionChange[];
  readonly status?: StatusChange;
  readonly events?: readonly EventRecord[];
  readonly requeueAfterMs?: number;
}

export function joinDecisions(decisions: readonly Decision[]): Decision {
  const delays = decisions.map(({ requeueAfterMs }) => requeueAfterMs).filter((ms) => ms !== undefined);
  return {
    apply: decisions.flatMap(({ apply = [] }) => apply),
    remove: decisions.flatMap(({ remove = [] }) => remove),
    conditions: decisions.flatMap(({ conditions = [] }) => conditions),
    status: Object.assign({}, ...decisions.map(({ status }) => status)),
    events: decisions.flatMap(({ events = [] }) => events),
    ...(delays.length > 0 && { requeueAfterMs: Math.min(...delays) }),
  };
}
