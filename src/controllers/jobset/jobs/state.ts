/** Questions about one child Job. Pure. */
import type { Job, JobCondition } from "../../../api/batch/job.ts";
import { replicatedJobNameLabel } from "../../../api/jobset/labels.ts";

type EndCondition = "Complete" | "Failed" | "SuccessCriteriaMet";

export function isConditionTrue(job: Job, type: EndCondition): boolean {
  return trueCondition(job, type) !== undefined;
}

/** The condition of that type, if it is True. */
export function trueCondition(job: Job, type: EndCondition): JobCondition | undefined {
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

/**
 * Pods that ended and are being counted are in none of the Job's numbers for a moment: without them a Job would turn
 * unready and idle just before it completes, and every JobSet would be written once more.
 */
const uncounted = ({ status }: Job, end: "succeeded" | "failed"): number =>
  status?.uncountedTerminatedPods?.[end]?.length ?? 0;

export function isReady(job: Job): boolean {
  const succeeded = (job.status?.succeeded ?? 0) + uncounted(job, "succeeded");
  return succeeded + (job.status?.ready ?? 0) >= expectedPods(job);
}

/** With pods, pending ones included, until it counts elsewhere: idle for a moment, it would cost a write of every JobSet. */
export function isActive(job: Job): boolean {
  const pods = (job.status?.active ?? 0) + uncounted(job, "succeeded") + uncounted(job, "failed");
  return pods > 0 || isConditionTrue(job, "SuccessCriteriaMet");
}
