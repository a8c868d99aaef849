/** The head pod: made when there is none, replaced when it has ended, made anew under the Recreate strategy. Pure. */
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { isConditionTrue } from "../../api/meta/condition.ts";
import { annotations, conditions } from "../../api/ray/labels.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import type { Apply, EventRecord, Remove } from "../../runtime/plan.ts";
import { desiredHeadPod, type PodContext } from "./pod.ts";

const event = (reason: string, action: string, message: string): EventRecord => ({
  type: reason.startsWith("Failed") ? "Warning" : "Normal",
  reason,
  action,
  message,
});

export function removeHead({ metadata: { namespace, name = "", uid } }: Pod, reason: string): Remove {
  return {
    target: { kind: PodKind, namespace, name, uid },
    onSuccess: event("DeletedHeadPod", "Delete", `Deleted head Pod ${namespace}/${name}; ${reason}`),
    onFailure: event("FailedToDeleteHeadPod", "Delete", `Failed to delete head Pod ${namespace}/${name}`),
    failureReason: "FailedDeleteHeadPod",
  };
}

export function createHead(context: PodContext): Apply {
  const pod = desiredHeadPod(context);
  const { namespace, generateName, name = generateName } = pod.metadata;
  return {
    kind: PodKind,
    target: pod,
    mode: "create",
    onSuccess: event("CreatedHeadPod", "Create", `Created head Pod ${namespace}/${name}`),
    onFailure: event("FailedToCreateHeadPod", "Create", `Failed to create head Pod ${namespace}/${name}`),
    failureReason: "FailedCreateHeadPod",
  };
}

export type Upgrade =
  | { readonly does: "nothing" }
  | { readonly does: "recreate" }
  | { readonly does: "stamp"; readonly patch: Apply };

/** Under Recreate: pods made from another spec go; those of another operator version are stamped anew and stay. */
export function planUpgrade({ cluster, options, hash }: PodContext, head: Pod | undefined): Upgrade {
  if (cluster.spec.upgradeStrategy?.type !== "Recreate" || !head) return { does: "nothing" };
  const marks = head.metadata.annotations ?? {};
  const version = marks[annotations.operatorVersion];
  if (version && version !== options.version) {
    const { name, namespace, uid } = head.metadata;
    const stamp = { [annotations.upgradeHash]: hash(), [annotations.operatorVersion]: options.version };
    const target = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, uid, annotations: stamp } };
    return { does: "stamp", patch: { kind: PodKind, target, mode: "patch" } };
  }
  const old = marks[annotations.upgradeHash];
  return { does: old && old !== hash() ? "recreate" : "nothing" };
}

/** A head that ended once provisioned is not replaced where the submitter lives in it: its death is the job's end. */
export function staysWithoutHead({ metadata, status }: RayCluster): boolean {
  return (
    isConditionTrue(status?.conditions, conditions.provisioned) &&
    metadata.annotations?.[annotations.disableHeadRestart] === "true"
  );
}
