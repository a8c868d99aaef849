/**
 * The Job controller's decision: its pods seen once, a verdict, the changes that follow, and the status. Pure.
 * Pods that ended stay until the Job is deleted, as in Kubernetes: their logs are the user's.
 */
import type { Job, JobStatus } from "../../../api/batch/job.ts";
import { Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import type { ObjectRef } from "../../../api/meta/object.ts";
import type { Apply, Plan, Remove } from "../../../runtime/plan.ts";
import { type Changes, planChanges } from "./changes.ts";
import { jobEvents, podCreated, podDeleted, podNotCreated, podNotDeleted } from "./events.ts";
import { isTracked, trackingFinalizer } from "./pods.ts";
import { deriveJobStatus, isEnding } from "./status.ts";
import { trackPods } from "./tracking.ts";
import { deadlineLeft, decideVerdict, terminalCondition } from "./verdict.ts";
import { viewJob } from "./view.ts";

export interface JobWorld {
  /** The pods that the Job controls. */
  readonly pods: readonly Pod[];
}

export function planJob(job: Job, { pods }: JobWorld, now: Date): Plan<JobStatus> {
  if (terminalCondition(job)) return { apply: pods.filter(isTracked).map(release), remove: [], events: [] };
  const view = viewJob(job, pods);
  const verdict = decideVerdict(view, now);
  const changes = planChanges(view, verdict, now);
  const tracking = trackPods(view, verdict, changes);
  const pass = { view, verdict, changes, tracking };
  const waits = [changes.waitMs, deadlineLeft(job, now)].filter((ms) => ms !== undefined);
  if (tracking.again || isEnding(pass) || hasMore(changes)) waits.push(1);
  const selector = selectorPatch(job);
  return {
    apply: [...tracking.release.map(release), ...changes.create.map(create)],
    remove: changes.remove.map(remove),
    status: deriveJobStatus(pass, now),
    events: jobEvents(pass),
    ...(selector && { patchRoot: selector }),
    ...(waits.length > 0 && { requeueAfterMs: Math.max(1, Math.min(...waits)) }),
  };
}

const hasMore = ({ create, remove }: Changes): boolean => create.length + remove.length >= 500;

function create(pod: Pod): Apply {
  return { kind: PodKind, target: pod, mode: "create", onSuccess: podCreated(pod), onFailure: podNotCreated };
}

/** Takes our finalizer off, and nobody else's. */
export function release(pod: Pod): Apply {
  const { name = "", namespace = "", finalizers = [] } = pod.metadata;
  const left = finalizers.filter((finalizer) => finalizer !== trackingFinalizer);
  return {
    kind: PodKind,
    target: { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, finalizers: left } },
  };
}

/** After the finalizers went (order 0), so that what is dropped on purpose is never taken for a failure. */
function remove(pod: Pod): Remove {
  const { name = "", namespace, uid } = pod.metadata;
  const target: ObjectRef = { kind: PodKind, name, ...(namespace && { namespace }), ...(uid && { uid }) };
  return { target, order: 1, onSuccess: podDeleted(pod), onFailure: podNotDeleted };
}

/** An API server generates the selector; this is for one that did not. */
function selectorPatch(job: Job): Plan<JobStatus>["patchRoot"] {
  if (job.spec.selector || job.spec.manualSelector) return undefined;
  const uid = { "batch.kubernetes.io/controller-uid": job.metadata.uid ?? "" };
  return { spec: { selector: { matchLabels: uid } } };
}
