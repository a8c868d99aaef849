/** Ray's autoscaler beside the head, and the rights it needs. Pure. */
import { containerNames } from "../../../api/containers.ts";
import { Role, RoleBinding, ServiceAccount } from "../../../api/core/kinds.ts";
import type { Container } from "../../../api/core/pod.ts";
import type { KubeObject } from "../../../meta/object.ts";
import { applicationName, createdBy, labels } from "../../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../../api/ray/kinds.ts";
import { checkName } from "../../../api/ray/names.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import type { PolicyRule } from "../../../runtime/policy-rule.ts";
import { create, type Steps } from "../../../runtime/steps.ts";
import { role, roleBinding, serviceAccount } from "../events.ts";
import { authEnv } from "../pod-template/env.ts";

const startCommand =
  "ray kuberay-autoscaler --cluster-name $(RAY_CLUSTER_NAME) --cluster-namespace $(RAY_CLUSTER_NAMESPACE)";

/** `ray` is the head's Ray container, whose image it shares. */
export function autoscalerContainer(cluster: RayCluster, ray: Container): Container {
  const given = cluster.spec.autoscalerOptions ?? {};
  const resources = { cpu: "500m", memory: "512Mi" };
  const env = [
    { name: "RAY_CLUSTER_NAME", valueFrom: { fieldRef: { fieldPath: `metadata.labels['${labels.cluster}']` } } },
    { name: "RAY_CLUSTER_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
    { name: "RAY_HEAD_POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "KUBERAY_CRD_VER", value: "v1" },
    { name: "KUBERAY_GEN_AUTOSCALER_START_CMD", value: startCommand },
  ];
  return {
    name: containerNames.autoscaler,
    image: given.image ?? ray.image,
    imagePullPolicy: given.imagePullPolicy ?? "IfNotPresent",
    command: given.command?.length ? given.command : ["/bin/bash", "-c", "--"],
    args: given.args?.length ? given.args : [startCommand],
    env: [...env, ...authEnv(cluster), ...(given.env ?? [])],
    ...(given.envFrom && { envFrom: given.envFrom }),
    ...(given.volumeMounts && { volumeMounts: given.volumeMounts }),
    ...(given.securityContext && { securityContext: given.securityContext }),
    resources: given.resources ?? { limits: resources, requests: resources },
  };
}

/** What Ray's autoscaler does to its cluster. */
export const autoscalerRules: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "patch"] },
  { apiGroups: [""], resources: ["pods/resize"], verbs: ["patch"] },
  { apiGroups: ["ray.io"], resources: ["rayclusters"], verbs: ["get", "patch"] },
];

/** The account that the user named for the head: the user's to make. */
export const namedAccount = ({ spec }: RayCluster): string | undefined =>
  (spec.enableInTreeAutoscaling && spec.headGroupSpec.template.spec.serviceAccountName) || undefined;

/** ServiceAccount, Role and RoleBinding: made when missing, never changed, taken as they are where somebody made them. */
export function planAccess(cluster: RayCluster): Steps {
  if (!cluster.spec.enableInTreeAutoscaling) return [];
  const { name = "", namespace } = cluster.metadata;
  const own = namedAccount(cluster);
  const account = checkName(own ?? name);
  const metadata = (objectName: string) => ({
    name: objectName,
    namespace,
    labels: { [labels.cluster]: name, [labels.appName]: applicationName, [labels.createdBy]: createdBy },
    ownerReferences: [ownerReference(RayClusterKind, cluster)],
  });
  const group = "rbac.authorization.k8s.io";
  const roleName = checkName(name);
  const target = { apiVersion: `${group}/v1`, metadata: metadata(roleName) };
  const binding = {
    ...target,
    kind: "RoleBinding",
    subjects: [{ kind: "ServiceAccount", name: account, namespace }],
    roleRef: { apiGroup: group, kind: "Role", name: roleName },
  };
  const first = { order: -1, accepts: "any" } as const;
  const made = { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata(account) };
  return [
    // An account that the user named is the user's to make.
    ...(own ? [] : [create(ServiceAccount, made, { ...first, as: serviceAccount })]),
    create(Role, { ...target, kind: "Role", rules: autoscalerRules } as KubeObject, { ...first, as: role }),
    create(RoleBinding, binding, { ...first, as: roleBinding }),
  ];
}
