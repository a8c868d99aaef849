/** The status of a Job: counters, times and conditions, derived in this one place. Pure. */
import type { Job, JobCondition, JobStatus } from "../../../api/batch/job.ts";
import { isPodReady } from "../../../api/core/pod.ts";
import { formatTime } from "../../../meta/condition.ts";
import type { Changes } from "./changes.ts";
import { formatIndexes } from "./indexes.ts";
import { hasLimitPerIndex, isIndexed } from "./pods.ts";
import type { Tracking } from "./tracking.ts";
import { findTrue, type Verdict } from "./verdict.ts";
import type { JobView } from "./view.ts";

export interface PlanInput {
  readonly view: JobView;
  readonly verdict: Verdict | undefined;
  readonly changes: Changes;
  readonly tracking: Tracking;
}

/** Whether the Job ends in this pass: decided, and nothing of it runs or is being deleted. */
export function isEnding({ view, verdict, changes }: PlanInput): boolean {
  return verdict !== undefined && view.active.length + view.terminating.length + changes.remove.length === 0;
}

export function deriveJobStatus(input: PlanInput, now: Date): JobStatus {
  const { view, changes } = input;
  const { job } = view;
  const conditions = deriveConditions(input, now);
  const startTime = deriveStartTime(job, now);
  const removedWithNode = changes.remove.filter((pod) => pod.spec.nodeName !== undefined).length;
  const active = view.active.length - changes.remove.length + changes.create.length;
  return {
    ...(active > 0 && { active }),
    ready: view.ready - changes.remove.filter(isPodReady).length,
    terminating: view.terminating.length + removedWithNode,
    ...deriveCounters(input),
    ...(startTime !== undefined && { startTime }),
    ...(findTrue(conditions, "Complete") && { completionTime: formatTime(now) }),
    ...(conditions.length > 0 && { conditions }),
  };
}

/** At its end a Job counts all at once: it is never counted again, so no step in between can be lost. */
function deriveCounters(input: PlanInput): JobStatus {
  const { view, tracking } = input;
  const { job } = view;
  const ending = isEnding(input);
  const plain = ending ? view.succeeded : (job.status?.succeeded ?? 0) + tracking.countedSucceeded;
  const succeeded = isIndexed(job) ? view.succeeded : plain;
  const failed = ending ? view.failed : (job.status?.failed ?? 0) + tracking.countedFailed;
  return {
    ...(succeeded > 0 && { succeeded }),
    ...(failed > 0 && { failed }),
    ...(view.succeededIndexes.length > 0 && { completedIndexes: formatIndexes(view.succeededIndexes) }),
    ...(hasLimitPerIndex(job) && { failedIndexes: formatIndexes(view.failedIndexes) }),
    uncountedTerminatedPods: ending ? {} : compact(tracking.uncounted),
  };
}

function compact({ succeeded, failed }: Tracking["uncounted"]): JobStatus["uncountedTerminatedPods"] {
  return { ...(succeeded.length > 0 && { succeeded }), ...(failed.length > 0 && { failed }) };
}

/** The deadline counts only the time since the Job last resumed; a suspended Job has no start. */
function deriveStartTime(job: Job, now: Date): string | undefined {
  if (job.spec.suspend) return undefined;
  return findTrue(job.status?.conditions, "Suspended") ? formatTime(now) : (job.status?.startTime ?? formatTime(now));
}

function deriveConditions(input: PlanInput, now: Date): readonly JobCondition[] {
  const { job } = input.view;
  let conditions = job.status?.conditions ?? [];
  const set = (type: string, status: "True" | "False", reason: string, message: string) => {
    conditions = withCondition(conditions, { type, status, reason, message }, now);
  };
  const { verdict } = input;
  if (verdict) set(verdict.type, "True", verdict.reason, verdict.message);
  else if (job.spec.suspend) set("Suspended", "True", "JobSuspended", "Job suspended");
  else if (findTrue(conditions, "Suspended")) set("Suspended", "False", "JobResumed", "Job resumed");
  if (verdict && isEnding(input)) set(terminalType(verdict), "True", verdict.reason, verdict.message);
  return conditions;
}

function terminalType(verdict: Verdict): "Complete" | "Failed" {
  return verdict.type === "SuccessCriteriaMet" ? "Complete" : "Failed";
}

function withCondition(
  conditions: readonly JobCondition[],
  next: Omit<JobCondition, "lastTransitionTime">,
  now: Date,
): readonly JobCondition[] {
  const time = formatTime(now);
  const at = conditions.findIndex(({ type }) => type === next.type);
  if (conditions[at]?.status === next.status) return conditions;
  const written: JobCondition = { ...next, lastProbeTime: time, lastTransitionTime: time };
  return at < 0 ? [...conditions, written] : conditions.with(at, written);
}
