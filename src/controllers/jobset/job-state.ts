/** Questions about one child Job. Pure. */
import type { Job, JobCondition } from "../../api/batch/job.ts";
import { replicatedJobNameLabel } from "../../api/jobset/labels.ts";

export function isConditionTrue(job: Job, type: "Complete" | "Failed"): boolean {
  return trueCondition(job, type) !== undefined;
}

/** The condition of that type, if it is True. */
export function trueCondition(job: Job, type: "Complete" | "Failed"): JobCondition | undefined {
  return job.status?.conditions?.find((condition) => condition.type === type && condition.status === "True");
}

export function replicatedJobOf(job: Job): string {
  return job.metadata.labels?.[replicatedJobNameLabel] ?? "";
}

/** Pods that must be ready or done for the Job to count as ready. */
export function expectedPods({ spec }: Job): number {
  const { parallelism = 1, completions = parallelism } = spec;
  return Math.min(parallelism, completions);
}

export function isReady(job: Job): boolean {
  return (job.status?.succeeded ?? 0) + (job.status?.ready ?? 0) >= expectedPods(job);
}
