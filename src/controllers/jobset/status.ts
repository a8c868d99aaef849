/** The status of a JobSet, derived in one place from what the reconcile has seen and decided. Fields not ours are kept. Pure. */
import type { JobSetStatus } from "../../api/jobset/types.ts";
import type { EventRecord } from "../../runtime/event-record.ts";
import { changeConditions } from "./conditions.ts";
import { sortedCounts } from "./jobs/counters.ts";
import type { SortedSteps } from "./policy-steps.ts";
import type { View } from "./view.ts";

export interface DerivedStatus {
  readonly status: JobSetStatus;
  /** Of conditions that have changed. */
  readonly events: readonly EventRecord[];
}

export function deriveJobSetStatus(view: View, sorted: Omit<SortedSteps, "steps">, now: Date): DerivedStatus {
  const before = view.jobSet.status ?? {};
  const { counts = view.counts, ...changes } = sorted.fields;
  const { conditions, events } = changeConditions(before.conditions ?? [], sorted.conditions, now);
  const status = {
    ...before,
    restarts: before.restarts ?? 0,
    ...(conditions.length > 0 && { conditions }),
    replicatedJobsStatus: sortedCounts(counts),
    ...changes,
  };
  return { status, events };
}
