/** The secret with the token by which Ray's processes know each other. Pure; made when missing, never changed. */
import { Secret } from "../../../api/core/kinds.ts";
import { labels } from "../../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../../api/ray/kinds.ts";
import { checkName } from "../../../api/ray/names.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import { create, type Steps } from "../../../runtime/steps.ts";

/** Before the pods that mount it. A secret of that name which the user made is used as it is. */
export function planAuthSecret(cluster: RayCluster): Steps {
  const { authOptions } = cluster.spec;
  if (!authOptions || authOptions.mode === "disabled" || authOptions.enableK8sTokenAuth || authOptions.secretName)
    return [];
  const { name = "", namespace } = cluster.metadata;
  const metadata = {
    name: checkName(name),
    namespace,
    labels: { [labels.cluster]: name },
    ownerReferences: [ownerReference(RayClusterKind, cluster)],
  };
  const target = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque" };
  return [create(Secret, target, { fresh: [["stringData", "auth_token"]], accepts: "any", order: -1 })];
}
