/** What is written of a single worker, and by whose leave. Pure. */
import { Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import type { WorkerGroupSpec } from "../../../api/ray/types.ts";
import { create, remove, type Step, type Steps } from "../../../runtime/steps.ts";
import { workerPod } from "../events.ts";
import { desiredWorkerPod, type PodContext, type ReplicaPlace } from "../pod-template/ray-pod.ts";

export interface GroupInput {
  readonly context: PodContext;
  readonly group: WorkerGroupSpec;
  /** All pods of the cluster. */
  readonly pods: readonly Pod[];
}

export interface GroupSteps {
  readonly steps: Steps;
  /** Pods have to go first: the groups after this one wait for a later reconcile. */
  readonly stops: boolean;
}

export function createWorker({ context, group }: GroupInput, place: ReplicaPlace): Step {
  const slot = [group.groupName, place.index, ...(place.host === undefined ? [] : [place.host])].join("/");
  const pod = desiredWorkerPod(context, group, place);
  return create(PodKind, pod, { slot, as: workerPod });
}

/** `says`: a sentence of its own. */
export const removeWorker = (pod: Pod, says?: string): Step =>
  remove(PodKind, pod, { as: workerPod, ...(says && { says }) });

/** Whether the operator itself may take surplus pods away: with an autoscaler, only it decides which. */
export const mayShrink = ({ cluster, options }: PodContext): boolean =>
  !cluster.spec.enableInTreeAutoscaling || options.randomPodDelete;
