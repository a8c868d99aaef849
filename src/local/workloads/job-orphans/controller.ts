/**
 * Takes the tracking finalizer off pods whose Job is gone, going, or no longer their owner: nobody counts them any more,
 * and the finalizer would keep them for ever. The pods of living Jobs are the Job controller's.
 */
import type { Job } from "../../../api/batch/job.ts";
import { Job as JobKind, Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import { controllerOf } from "../../../api/meta/object.ts";
import type { ControllerSpec, Plan } from "../../../runtime/plan.ts";
import { release } from "../job/plan.ts";
import { isDeleted, isTracked, trackingFinalizer } from "../job/pods.ts";

export interface OrphanWorld {
  /** The Job that the pod's owner reference names, whatever its uid. */
  readonly job: Job | undefined;
}

/** The Job's own end may be seen only after the pod's deletion. */
const lookAgainMs = 1000;

export function planOrphan(pod: Pod, { job }: OrphanWorld): Plan<never> {
  const nothing: Plan<never> = { apply: [], remove: [], events: [] };
  if (!isTracked(pod)) return nothing;
  const isOwned = job !== undefined && controllerOf(pod)?.uid === job.metadata.uid;
  if (isOwned && job.metadata.deletionTimestamp === undefined) {
    return isDeleted(pod) ? { ...nothing, requeueAfterMs: lookAgainMs } : nothing;
  }
  const patch = release(pod).target.metadata.finalizers ?? [];
  return { ...nothing, patchRoot: { metadata: { finalizers: patch } } };
}

export const jobOrphansController: ControllerSpec<Pod, OrphanWorld, never> = {
  name: "job-orphans",
  root: PodKind,
  owns: [],
  watches: [{ kind: JobKind, map: () => [] }],
  rootChanged: (before, after) =>
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    controllerOf(before)?.uid !== controllerOf(after)?.uid,
  // Named so that pods being deleted are handed to planDeletion; it is the Job controller that puts it on.
  finalizer: { name: trackingFinalizer, needs: () => false },
  manages: isTracked,
  observe: (pod, cache) => {
    const owner = controllerOf(pod);
    const job = owner?.kind === "Job" ? cache.get<Job>(JobKind, pod.metadata.namespace, owner.name) : undefined;
    return { job };
  },
  plan: planOrphan,
  planDeletion: planOrphan,
};
