/**
 * What one pod means to its Job: its index, whether it counts, when it ended. Pure.
 * Nothing here looks at more than one pod; view.ts adds them up.
 */
import type { Job } from "../../../api/batch/job.ts";
import { isPodFinished, type Pod } from "../../../api/core/pod.ts";

export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
export const indexKey = "batch.kubernetes.io/job-completion-index";
export const failureCountKey = "batch.kubernetes.io/job-index-failure-count";
export const ignoredFailureCountKey = "batch.kubernetes.io/job-index-ignored-failure-count";

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === "Indexed";
}

/** Whether each index has its own back-off limit. */
export function hasLimitPerIndex(job: Job): boolean {
  return isIndexed(job) && job.spec.backoffLimitPerIndex !== undefined;
}

/** A pod failure policy implies `Failed`: only a pod that has ended tells how it ended. */
export function replacesOnlyFailed(job: Job): boolean {
  return job.spec.podReplacementPolicy === "Failed" || job.spec.podFailurePolicy !== undefined;
}

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

/** The finalizers of a pod without ours. */
export const untracked = ({ metadata }: Pod): readonly string[] =>
  (metadata.finalizers ?? []).filter((finalizer) => finalizer !== trackingFinalizer);

export function isDeleted(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isActive(pod: Pod): boolean {
  return !isPodFinished(pod) && !isDeleted(pod);
}

/** Deleted but still running. A pod that no node has taken has nothing to terminate. */
export function isTerminating(pod: Pod): boolean {
  return isDeleted(pod) && !isPodFinished(pod) && pod.spec.nodeName !== undefined;
}

export function isSucceeded(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded";
}

/** Failed, or deleted before it could end (unless the Job waits for deleted pods to end). */
export function isFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === "Failed") return true;
  if (!isDeleted(pod) || isSucceeded(pod)) return false;
  return !replacesOnlyFailed(job) || pod.spec.nodeName === undefined;
}

/** The completion index, or undefined when the pod carries none. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[indexKey] ?? pod.metadata.labels?.[indexKey];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

export function failureCountOf(pod: Pod): number {
  return Number(pod.metadata.annotations?.[failureCountKey] ?? 0) || 0;
}

export function ignoredFailureCountOf(pod: Pod): number {
  return Number(pod.metadata.annotations?.[ignoredFailureCountKey] ?? 0) || 0;
}

/** When the pod ended: its last container's end, else when its deletion was asked, else its creation. Milliseconds. */
export function finishedAt(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map((c) => Date.parse(c.state?.terminated?.finishedAt ?? ""));
  const last = Math.max(...ends.filter(Number.isFinite));
  if (Number.isFinite(last)) return last;
  const ready = pod.status?.conditions?.find((c) => c.type === "Ready" && c.status === "False");
  const text = ready?.lastTransitionTime ?? pod.metadata.deletionTimestamp ?? pod.metadata.creationTimestamp ?? "";
  return Date.parse(text) || 0;
}
