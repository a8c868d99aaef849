/**
 * What one look through a Job's pods finds: who runs, who ended and is not yet counted, and the totals that decisions need. Pure.
 * Everything later (verdict, changes, status) reads this and never the pods again.
 */
import type { Job } from "../../../api/batch/job.ts";
import { isPodFinished, isPodReady, type Pod } from "../../../api/core/pod.ts";
import { countIndexes, hasIndex, type IndexSet, parseIndexes, withIndexes } from "./indexes.ts";
import {
  failureCountOf,
  hasLimitPerIndex,
  ignoredFailureCountOf,
  indexOf,
  isActive,
  isFailed,
  isIndexed,
  isSucceeded,
  isTerminating,
  isTracked,
} from "./pods.ts";
import { matchPodFailurePolicy, type PolicyMatch } from "./policies.ts";

/** A failed pod that is not in the counters yet, with the rule of the failure policy that it meets. */
export interface Failure {
  readonly pod: Pod;
  readonly match: PolicyMatch | undefined;
}

export interface JobView {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: readonly Pod[];
  /** Ended, still tracked, and in no counter yet. */
  readonly newSucceeded: readonly Pod[];
  readonly newFailed: readonly Failure[];
  /** UIDs that the status holds as ended but not yet counted. */
  readonly uncountedSucceeded: ReadonlySet<string>;
  readonly uncountedFailed: ReadonlySet<string>;
  /** Totals with everything above included. */
  readonly succeeded: number;
  readonly failed: number;
  readonly succeededIndexes: IndexSet;
  readonly failedIndexes: IndexSet;
  /** Per index, the last failed pod, kept until its replacement exists so that its failure count is not lost. */
  readonly lastFailed: ReadonlyMap<number, Pod>;
}

export const countsAsFailure = (failure: Failure): boolean => failure.match?.action !== "Ignore";

export function viewJob(job: Job, pods: readonly Pod[]): JobView {
  const uncountedSucceeded = new Set(job.status?.uncountedTerminatedPods?.succeeded);
  const uncountedFailed = new Set(job.status?.uncountedTerminatedPods?.failed);
  const isNew = (pod: Pod) => isTracked(pod) && !isIn(uncountedSucceeded, pod) && !isIn(uncountedFailed, pod);
  const newSucceeded = pods.filter((pod) => isSucceeded(pod) && isNew(pod));
  const newFailed = pods
    .filter((pod) => isFailed(pod, job) && isNew(pod))
    .map((pod) => ({ pod, match: matchPodFailurePolicy(job, pod) }));
  const active = pods.filter(isActive);
  const indexes = viewIndexes(job, newSucceeded, newFailed);
  const counted = job.status?.succeeded ?? 0;
  return {
    job,
    pods,
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isTerminating),
    newSucceeded,
    newFailed,
    uncountedSucceeded,
    uncountedFailed,
    succeeded: isIndexed(job)
      ? countIndexes(indexes.succeededIndexes)
      : counted + newSucceeded.length + uncountedSucceeded.size,
    failed: (job.status?.failed ?? 0) + newFailed.filter(countsAsFailure).length + uncountedFailed.size,
    ...indexes,
    lastFailed: hasLimitPerIndex(job) ? lastFailedPods(pods, newFailed, indexes) : new Map(),
  };
}

export function isIn(uids: ReadonlySet<string>, pod: Pod): boolean {
  return pod.metadata.uid !== undefined && uids.has(pod.metadata.uid);
}

type Indexes = Pick<JobView, "succeededIndexes" | "failedIndexes">;

function viewIndexes(job: Job, newSucceeded: readonly Pod[], newFailed: readonly Failure[]): Indexes {
  if (!isIndexed(job)) return { succeededIndexes: [], failedIndexes: [] };
  const completions = job.spec.completions ?? 0;
  const inRange = (index: number | undefined): index is number => index !== undefined && index < completions;
  const succeededIndexes = withIndexes(
    parseIndexes(job.status?.completedIndexes, completions),
    newSucceeded.map(indexOf).filter(inRange),
  );
  if (!hasLimitPerIndex(job)) return { succeededIndexes, failedIndexes: [] };
  const failed = newFailed.filter((failure) => failsIndex(job, failure)).map(({ pod }) => indexOf(pod));
  const failedIndexes = withIndexes(
    parseIndexes(job.status?.failedIndexes, completions),
    failed.filter(inRange).filter((index) => !hasIndex(succeededIndexes, index)),
  );
  return { succeededIndexes, failedIndexes };
}

function failsIndex(job: Job, failure: Failure): boolean {
  if (failure.match?.action === "FailIndex") return true;
  return countsAsFailure(failure) && failureCountOf(failure.pod) >= (job.spec.backoffLimitPerIndex ?? 0);
}

function lastFailedPods(pods: readonly Pod[], newFailed: readonly Failure[], indexes: Indexes): Map<number, Pod> {
  const attempts = (pod: Pod) => failureCountOf(pod) + ignoredFailureCountOf(pod);
  const last = new Map<number, Pod>();
  for (const { pod } of newFailed) {
    const index = indexOf(pod);
    if (index === undefined || hasIndex(indexes.succeededIndexes, index)) continue;
    if (hasIndex(indexes.failedIndexes, index)) continue;
    const known = last.get(index);
    if (!known || attempts(known) <= attempts(pod)) last.set(index, pod);
  }
  for (const pod of pods.filter((pod) => !isPodFinished(pod))) {
    const known = last.get(indexOf(pod) ?? -1);
    if (known && known !== pod && attempts(pod) > attempts(known)) last.delete(indexOf(pod) ?? -1);
  }
  return last;
}
