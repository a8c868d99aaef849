/** The two counters of JobSets, and when they count: once the end of a JobSet has been written and seen, not before. Pure. */
import type { JobSet, JobSetStatus } from "../../api/jobset/types.ts";
import type { ChangeCounter } from "../../runtime/metric.ts";

type TerminalState = NonNullable<JobSetStatus["terminalState"]>;

const counter = (state: TerminalState, name: string, help: string): ChangeCounter<JobSet> => ({
  type: "count",
  name,
  help,
  labelNames: ["jobset_name", "namespace"],
  count(before, { metadata: { name: jobSet = "", namespace = "" }, status }) {
    if (!before || status?.terminalState !== state || before.status?.terminalState === state) return undefined;
    return { jobset_name: jobSet, namespace };
  },
});

export const metrics: readonly ChangeCounter<JobSet>[] = [
  counter("Completed", "jobset_completed_total", "The total number of completed JobSets"),
  counter("Failed", "jobset_failed_total", "The total number of failed JobSets"),
];
