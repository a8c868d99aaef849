/**
 * The longest run time of an experiment that may start again: RayJobs and Jobs count each attempt from its own start, a
 * manifest's time-out is that of all attempts. Pure.
 */
import type { ExperimentStatus } from "../../api/experiment/types.ts";
import type { JobSet } from "../../api/jobset/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { RayJob } from "../../api/ray/types.ts";

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
  return { seconds, leftMs: Date.parse(started) + seconds * 1000 - now.getTime() };
}
