/**
 * When an experiment's time is over. RayJobs and Jobs count each attempt from its own start; a manifest's time-out is that
 * of all attempts, which the experiment counts. Pure.
 */
import type { Job } from "../../../api/batch/job.ts";
import type { ExperimentStatus } from "../../../api/experiment/types.ts";
import type { JobSet } from "../../../api/jobset/types.ts";
import type { KubeObject } from "../../../meta/object.ts";
import { limitEnd } from "../../../meta/sleeps.ts";
import type { RayJob } from "../../../api/ray/types.ts";

/** Seconds for all attempts; undefined where there is but one, whose deadline is the workload's own. */
function secondsOf(workload: KubeObject): number | undefined {
  if (workload.kind === "RayJob") {
    const { backoffLimit = 0, activeDeadlineSeconds } = (workload as RayJob).spec ?? {};
    return backoffLimit > 0 ? activeDeadlineSeconds : undefined;
  }
  const { failurePolicy, replicatedJobs = [] } = (workload as JobSet).spec ?? {};
  return (failurePolicy?.maxRestarts ?? 0) > 0 ? replicatedJobs[0]?.template.spec.activeDeadlineSeconds : undefined;
}

export interface TimeLeft {
  readonly seconds: number;
  /** Negative when it is over. */
  readonly leftMs: number;
}

/** Counted from when the first attempt ran; undefined when nothing is to be counted. */
export function timeLeft(workload: KubeObject, { steps = [] }: ExperimentStatus, now: Date): TimeLeft | undefined {
  const seconds = secondsOf(workload);
  const started = steps.find(({ name }) => name === "Running")?.startTime;
  if (seconds === undefined || started === undefined) return undefined;
  return { seconds, leftMs: limitEnd({ of: workload, start: started, seconds }, now) - now.getTime() };
}

const longestLeadMs = 3000;

/**
 * When to look at the pods for the last time: a little before the first of its deadlines, because what held them up, and
 * their logs on most clusters, go when the time is over.
 */
export function inspectionTime(
  workload: KubeObject,
  jobs: readonly Job[],
  left: TimeLeft | undefined,
  now: Date,
): Date | undefined {
  const own = workload.kind === "RayJob" ? [workload as RayJob] : [];
  const inspections = [...own, ...jobs].flatMap((of) => {
    const [seconds, start] = [of.spec?.activeDeadlineSeconds, of.status?.startTime];
    if (seconds === undefined || !start) return [];
    return [limitEnd({ of, start, seconds }, now) - Math.min(longestLeadMs, seconds * 500)];
  });
  if (left) inspections.push(now.getTime() + left.leftMs - Math.min(longestLeadMs, left.seconds * 500));
  return inspections.length > 0 ? new Date(Math.min(...inspections)) : undefined;
}
