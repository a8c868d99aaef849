/**
 * The Job controller's decision: its pods seen once, a verdict, the changes that follow, and the status. Pure.
 * Pods that ended stay until the Job is deleted, as in Kubernetes: their logs are the user's.
 */
import type { Job, JobStatus } from "../../../api/batch/job.ts";
import { Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import {
  again,
  apply,
  create,
  patchRoot,
  remove,
  setStatus,
  soonest,
  type Step,
  type Steps,
  tell,
} from "../../../runtime/steps.ts";
import { type Changes, planChanges } from "./changes.ts";
import { jobEvents, jobPod } from "./events.ts";
import { isTracked, untracked } from "./pods.ts";
import { deriveJobStatus, isEnding } from "./status.ts";
import { trackPods } from "./tracking.ts";
import { deadlineLeft, decideVerdict, terminalCondition } from "./verdict.ts";
import { viewJob } from "./view.ts";

export interface JobWorld {
  /** The pods that the Job controls. */
  readonly pods: readonly Pod[];
}

export function planJob(job: Job, { pods }: JobWorld, now: Date): Steps<JobStatus> {
  if (terminalCondition(job)) return pods.filter(isTracked).map(release);
  const view = viewJob(job, pods);
  const verdict = decideVerdict(view, now);
  const changes = planChanges(view, verdict, now);
  const tracking = trackPods(view, verdict, changes);
  const pass = { view, verdict, changes, tracking };
  const isNext = tracking.again || isEnding(pass) || hasMore(changes);
  const selector = selectorPatch(job);
  return [
    ...tracking.release.map(release),
    ...changes.create.map((pod) => create(PodKind, pod, { as: jobPod })),
    // After the finalizers went (order 0), so that what is dropped on purpose is never taken for a failure.
    ...changes.remove.map((pod) => remove(PodKind, pod, { as: jobPod, order: 1 })),
    setStatus(deriveJobStatus(pass, now)),
    ...jobEvents(pass).map(tell),
    ...(selector ? [patchRoot(selector)] : []),
    ...(isNext ? [again] : soonest(changes.waitMs, deadlineLeft(job, now))),
  ];
}

const hasMore = ({ create: made, remove: removed }: Changes): boolean => made.length + removed.length >= 500;

/** Takes our finalizer off, and nobody else's. */
function release(pod: Pod): Step {
  const { name = "", namespace = "" } = pod.metadata;
  return apply(PodKind, { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, finalizers: untracked(pod) } });
}

/** An API server generates the selector; this is for one that did not. */
function selectorPatch(job: Job): Readonly<Record<string, unknown>> | undefined {
  if (job.spec.selector || job.spec.manualSelector) return undefined;
  const uid = { "batch.kubernetes.io/controller-uid": job.metadata.uid ?? "" };
  return { spec: { selector: { matchLabels: uid } } };
}
