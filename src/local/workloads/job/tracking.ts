/**
 * Counts every ended pod exactly once, across crashes. Pure. Three steps, a write each: the pod's UID goes into
 * `uncountedTerminatedPods`; its finalizer goes; then it moves from there into the counter. A pod without the
 * finalizer is never counted again. https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-tracking-with-finalizers
 */
import { isPodFinished, type Pod } from "../../../api/core/pod.ts";
import type { Changes } from "./changes.ts";
import { hasIndex, parseIndexes } from "./indexes.ts";
import { indexOf, isIndexed, isTracked } from "./pods.ts";
import type { Verdict } from "./verdict.ts";
import { countsAsFailure, isIn, type JobView } from "./view.ts";

export interface Tracking {
  /** Pods whose finalizer goes now. */
  readonly release: readonly Pod[];
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  /** What leaves `uncounted` for the counters now. */
  readonly countedSucceeded: number;
  readonly countedFailed: number;
  /** Whether the written status allows a further step at once. */
  readonly again: boolean;
}

export function trackPods(view: JobView, verdict: Verdict | undefined, changes: Changes): Tracking {
  const dropped = new Set(changes.untrack ? changes.remove : []);
  const held = view.pods.filter(isTracked);
  const heldUids = new Set(held.map((pod) => pod.metadata.uid));
  const succeeded = split(view.uncountedSucceeded, heldUids);
  const failed = split(view.uncountedFailed, heldUids);
  const fresh = newlyEnded(view, verdict, dropped);
  const release = held.filter((pod) => dropped.has(pod) || fresh.release.has(pod) || isUncounted(view, pod));
  return {
    release,
    uncounted: {
      succeeded: [...succeeded.waiting, ...fresh.succeeded.map(uidOf)],
      failed: [...failed.waiting, ...fresh.failed.map(uidOf)],
    },
    countedSucceeded: succeeded.counted,
    countedFailed: failed.counted,
    again: fresh.succeeded.length + fresh.failed.length + release.length > 0 || fresh.unwritten,
  };
}

const uidOf = (pod: Pod): string => pod.metadata.uid ?? "";
const isUncounted = (view: JobView, pod: Pod) => isIn(view.uncountedSucceeded, pod) || isIn(view.uncountedFailed, pod);

function split(uids: ReadonlySet<string>, held: ReadonlySet<string | undefined>) {
  const waiting = [...uids].filter((uid) => held.has(uid));
  return { waiting, counted: uids.size - waiting.length };
}

interface Ended {
  readonly succeeded: Pod[];
  readonly failed: Pod[];
  readonly release: Set<Pod>;
  /** An index that succeeded is not in the written status yet: its pod keeps the finalizer until it is. */
  unwritten: boolean;
}

function newlyEnded(view: JobView, verdict: Verdict | undefined, dropped: ReadonlySet<Pod>): Ended {
  const ended: Ended = { succeeded: [], failed: [], release: new Set(), unwritten: false };
  for (const pod of view.newSucceeded) addSucceeded(view, pod, ended);
  for (const failure of view.newFailed) {
    if (dropped.has(failure.pod)) continue;
    if (!isInRange(view, failure.pod) || !countsAsFailure(failure)) {
      if (verdict || !isKept(view, failure.pod)) ended.release.add(failure.pod);
    } else if (verdict || !isKept(view, failure.pod)) ended.failed.push(failure.pod);
  }
  if (verdict?.type === "FailureTarget") {
    const known = new Set(view.newFailed.map(({ pod }) => pod));
    const left = view.pods.filter((pod) => isTracked(pod) && !isPodFinished(pod) && !known.has(pod));
    ended.failed.push(...left.filter((pod) => !isUncounted(view, pod)));
  }
  return ended;
}

function addSucceeded(view: JobView, pod: Pod, ended: Ended): void {
  if (!isIndexed(view.job)) {
    ended.succeeded.push(pod);
    return;
  }
  const written = parseIndexes(view.job.status?.completedIndexes, view.job.spec.completions ?? 0);
  if (!isInRange(view, pod) || hasIndex(written, indexOf(pod) ?? -1)) ended.release.add(pod);
  else ended.unwritten = true;
}

function isInRange({ job }: JobView, pod: Pod): boolean {
  return !isIndexed(job) || (indexOf(pod) ?? Infinity) < (job.spec.completions ?? 0);
}

/** The last failed pod of an index waits for its replacement, which takes over its failure count. */
function isKept(view: JobView, pod: Pod): boolean {
  return view.lastFailed.get(indexOf(pod) ?? -1) === pod;
}
