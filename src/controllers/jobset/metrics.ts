/** The two counters of JobSets, and when they count: once the end of a JobSet has been written and seen, not before. Pure. */
import type { JobSet, JobSetStatus } from "../../api/jobset/types.ts";

export interface Counter {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly ["jobset_name", "namespace"];
}

const counter = (name: string, help: string): Counter => ({ name, help, labelNames: ["jobset_name", "namespace"] });

export const jobSetCounters: Readonly<Record<NonNullable<JobSetStatus["terminalState"]>, Counter>> = {
  Completed: counter("jobset_completed_total", "The total number of completed JobSets"),
  Failed: counter("jobset_failed_total", "The total number of failed JobSets"),
};

/** What to count for an update of a JobSet, if anything. */
export function countedEnd(before: JobSet | undefined, after: JobSet) {
  const state = after.status?.terminalState;
  if (!before || state === undefined || before.status?.terminalState === state) return undefined;
  const { name = "", namespace = "" } = after.metadata;
  return { counter: jobSetCounters[state], labels: { jobset_name: name, namespace } };
}
