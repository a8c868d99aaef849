/** The status of a JobSet, derived in one place from what the pass has seen and decided. Fields not ours are kept. Pure. */
import type { JobSetStatus } from "../../api/jobset/types.ts";
import type { EventRecord } from "../../runtime/plan.ts";
import { changeConditions } from "./conditions.ts";
import { sortedCounts } from "./counters.ts";
import type { Decision } from "./decision.ts";
import type { View } from "./view.ts";

export interface DerivedStatus {
  readonly status: JobSetStatus;
  readonly events: readonly EventRecord[];
}

export function deriveJobSetStatus(view: View, decision: Decision, now: Date): DerivedStatus {
  const before = view.jobSet.status ?? {};
  const { counts = view.counts, ...changes } = decision.status ?? {};
  const { conditions, events } = changeConditions(before.conditions ?? [], decision.conditions ?? [], now);
  return {
    status: {
      ...before,
      restarts: before.restarts ?? 0,
      ...(conditions.length > 0 && { conditions }),
      replicatedJobsStatus: sortedCounts(counts),
      ...changes,
    },
    events: [...events, ...(decision.events ?? [])],
  };
}
