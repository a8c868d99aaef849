/** The Recreate strategy: pods made from another spec go; those of another operator version are stamped anew and stay. Pure. */
import { Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import { annotations } from "../../../api/ray/labels.ts";
import { patch, type Steps } from "../../../runtime/steps.ts";
import type { PodContext } from "../pod-template/ray-pod.ts";

type Upgrade = "none" | "recreate" | "stamp";

export function upgradeOf({ cluster, options, hash }: PodContext, head: Pod | undefined): Upgrade {
  if (cluster.spec.upgradeStrategy?.type !== "Recreate" || !head) return "none";
  const { [annotations.operatorVersion]: version, [annotations.upgradeHash]: old } = head.metadata.annotations ?? {};
  if (version && version !== options.version) return "stamp";
  return old && old !== hash() ? "recreate" : "none";
}

export function planStamp({ options, hash }: PodContext, { metadata: { name, namespace, uid } }: Pod): Steps {
  const stamp = { [annotations.upgradeHash]: hash(), [annotations.operatorVersion]: options.version };
  const metadata = { name, namespace, uid, annotations: stamp };
  return [patch(PodKind, { apiVersion: "v1", kind: "Pod", metadata })];
}
