/**
 * Which pods to create and which to delete so that the right number runs. Pure.
 * A reconcile either creates or deletes, deletion first, as the Kubernetes controller does.
 */
import { isPodReady, type Pod } from "../../../api/core/pod.ts";
import { remainingBackOff, remainingIndexBackOff } from "./back-off.ts";
import { desiredPod, podName } from "./desired-pod.ts";
import { hasIndex } from "./indexes.ts";
import {
  failureCountOf,
  hasLimitPerIndex,
  ignoredFailureCountOf,
  indexOf,
  isIndexed,
  replacesOnlyFailed,
} from "./pods.ts";
import { matchPodFailurePolicy } from "./policies.ts";
import type { Verdict } from "./verdict.ts";
import type { JobView } from "./view.ts";

export interface Changes {
  readonly create: readonly Pod[];
  readonly remove: readonly Pod[];
  /** Whether the removed pods stop being tracked first: they were dropped on purpose and are no failures. */
  readonly untrack: boolean;
  /** Milliseconds until pods may be created again. */
  readonly waitMs?: number;
}

/** No more than this many pods are created or deleted in one reconcile. */
const largestBatch = 500;
const none: Changes = { create: [], remove: [], untrack: false };

export function planChanges(view: JobView, verdict: Verdict | undefined, now: Date): Changes {
  const { job, active } = view;
  if (verdict) return { ...none, remove: active.slice(0, largestBatch) };
  if (job.metadata.deletionTimestamp !== undefined) return none;
  if (job.spec.suspend) return { ...none, remove: active.slice(0, largestBatch), untrack: true };
  const wanted = wantedActive(view);
  const surplus = surplusPods(view, active.length - wanted);
  if (surplus.length > 0) return { ...none, remove: surplus.slice(0, largestBatch), untrack: true };
  const waiting = replacesOnlyFailed(job) ? view.terminating.length : 0;
  const missing = Math.min(wanted - active.length - waiting, largestBatch);
  return missing > 0 ? additions(view, missing, now) : none;
}

/** Without `completions` a first success means that the rest only run out. */
function wantedActive({ job, succeeded, active }: JobView): number {
  const { completions, parallelism = 1 } = job.spec;
  if (completions === undefined) return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

/** Pods of repeated or impossible indexes, and then those whose loss costs least, down to the wanted number. */
function surplusPods({ job, active, succeededIndexes, failedIndexes }: JobView, atLeast: number): readonly Pod[] {
  const sorted = [...active].sort(cheapestFirst);
  if (!isIndexed(job)) return sorted.slice(0, Math.max(0, atLeast));
  const kept = new Map<number, Pod>();
  const surplus: Pod[] = [];
  for (const pod of sorted.toReversed()) {
    const index = indexOf(pod) ?? Infinity;
    const done = hasIndex(succeededIndexes, index) || hasIndex(failedIndexes, index);
    if (index >= (job.spec.completions ?? 0) || done || kept.has(index)) surplus.push(pod);
    else kept.set(index, pod);
  }
  const rest = [...kept.entries()].sort(([a], [b]) => b - a).map(([, pod]) => pod);
  return [...surplus, ...rest.slice(0, Math.max(0, atLeast - surplus.length))];
}

function cheapestFirst(one: Pod, other: Pod): number {
  const rank = (pod: Pod) => [
    pod.spec.nodeName === undefined ? 0 : 1,
    pod.status?.phase === "Running" ? 1 : 0,
    isPodReady(pod) ? 1 : 0,
    -Date.parse(pod.metadata.creationTimestamp ?? "") || 0,
  ];
  const [left, right] = [rank(one), rank(other)];
  const at = left.findIndex((value, place) => value !== right[place]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

function additions(view: JobView, count: number, now: Date): Changes {
  if (hasLimitPerIndex(view.job)) return additionsPerIndex(view, count, now);
  const waitMs = remainingBackOff(view.pods, now);
  if (waitMs > 0) return { ...none, waitMs };
  const taken = new Set(view.pods.map((pod) => pod.metadata.name ?? ""));
  const indexes = isIndexed(view.job) ? pendingIndexes(view, count) : Array.from({ length: count }, () => undefined);
  return { ...none, create: indexes.map((index) => nextPod(view, taken, index)) };
}

function additionsPerIndex(view: JobView, count: number, now: Date): Changes {
  const waits: number[] = [];
  const due = pendingIndexes(view, count).filter((index) => {
    const last = view.lastFailed.get(index);
    const waitMs = last ? remainingIndexBackOff(last, now) : 0;
    if (waitMs > 0) waits.push(waitMs);
    return waitMs === 0;
  });
  const taken = new Set(view.pods.map((pod) => pod.metadata.name ?? ""));
  const create = due.map((index) => nextPod(view, taken, index));
  return { ...none, create, ...(waits.length > 0 && { waitMs: Math.min(...waits) }) };
}

/** The lowest indexes that nothing runs for and nothing has decided. */
function pendingIndexes(view: JobView, count: number): number[] {
  const { job, active, terminating, succeededIndexes, failedIndexes } = view;
  const busy = new Set([...active, ...(replacesOnlyFailed(job) ? terminating : [])].map(indexOf));
  const pending: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && pending.length < count; index++) {
    const decided = hasIndex(succeededIndexes, index) || hasIndex(failedIndexes, index);
    if (!decided && !busy.has(index)) pending.push(index);
  }
  return pending;
}

function nextPod(view: JobView, taken: Set<string>, index: number | undefined): Pod {
  const { job } = view;
  let ordinal = index === undefined ? view.succeeded + view.failed : view.failed;
  const at = index === undefined ? {} : { index };
  while (taken.has(podName(job, { ...at, ordinal }))) ordinal++;
  taken.add(podName(job, { ...at, ordinal }));
  return desiredPod(job, { ...at, ordinal, ...failuresOf(view, index) });
}

function failuresOf({ job, lastFailed }: JobView, index: number | undefined) {
  if (index === undefined || !hasLimitPerIndex(job)) return {};
  const last = lastFailed.get(index);
  if (!last) return { failures: { counted: 0, ignored: 0 } };
  const ignored = matchPodFailurePolicy(job, last)?.action === "Ignore" ? 1 : 0;
  return {
    failures: { counted: failureCountOf(last) + 1 - ignored, ignored: ignoredFailureCountOf(last) + ignored },
  };
}
