/**
 * Takes the tracking finalizer off pods whose Job is gone, going, or no longer their owner: nobody counts them any more,
 * and the finalizer would keep them for ever. The pods of living Jobs are the Job controller's.
 */
import type { Job } from "../../../api/batch/job.ts";
import { Job as JobKind, Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import { controllerOf } from "../../../meta/object.ts";
import type { ControllerSpec } from "../../../runtime/spec.ts";
import { patchRoot, requeue, type Steps } from "../../../runtime/steps.ts";
import { isDeleted, isTracked, trackingFinalizer, untracked } from "../job/pods.ts";

export interface OrphanWorld {
  /** The Job that the pod's owner reference names, whatever its uid. */
  readonly job: Job | undefined;
}

/** The Job's own end may be seen only after the pod's deletion. */
const settleMs = 1000;

export function planOrphan(pod: Pod, { job }: OrphanWorld): Steps {
  if (!isTracked(pod)) return [];
  const isOwned = job !== undefined && controllerOf(pod)?.uid === job.metadata.uid;
  if (isOwned && job.metadata.deletionTimestamp === undefined) {
    return isDeleted(pod) ? [requeue(settleMs)] : [];
  }
  return [patchRoot({ metadata: { finalizers: untracked(pod) } })];
}

export const jobOrphansController: ControllerSpec<Pod, OrphanWorld, never> = {
  name: "job-orphans",
  root: PodKind,
  rootWrites: ["patch"],
  owns: [],
  watches: [{ kind: JobKind }],
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
