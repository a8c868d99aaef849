/** The head pod: made when there is none, replaced when it has ended. Pure. */
import { Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import { isConditionTrue } from "../../../meta/condition.ts";
import { annotations, conditions } from "../../../api/ray/labels.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import { create, remove, type Step } from "../../../runtime/steps.ts";
import { headPod } from "../events.ts";
import { desiredHeadPod, type PodContext } from "../pod-template/ray-pod.ts";

export const createHead = (context: PodContext): Step =>
  create(PodKind, desiredHeadPod(context), { slot: "head", as: headPod });

export const removeHead = (pod: Pod, reason: string): Step =>
  remove(PodKind, pod, { as: headPod, says: `Deleted head Pod {object}; ${reason}` });

/** A head that ended once provisioned is not replaced where the submitter lives in it: its death is the job's end. */
export function staysWithoutHead({ metadata, status }: RayCluster): boolean {
  return (
    isConditionTrue(status?.conditions, conditions.provisioned) &&
    metadata.annotations?.[annotations.disableHeadRestart] === "true"
  );
}
