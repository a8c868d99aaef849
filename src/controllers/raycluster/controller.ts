/** The RayCluster controller, drop-in for KubeRay's. */
import {
  Ingress,
  Job as JobKind,
  Pod as PodKind,
  Role,
  RoleBinding,
  Secret,
  Service as ServiceKind,
  ServiceAccount,
} from "../../api/core/kinds.ts";
import { finalizers, labels, operatorManager } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../api/ray/kinds.ts";
import type { RayCluster, RayClusterStatus } from "../../api/ray/types.ts";
import type { ControllerSpec } from "../../runtime/spec.ts";
import { autoscalerRules, namedAccount } from "./children/autoscaler.ts";
import { metrics } from "./metrics.ts";
import { observe, type World } from "./observe.ts";
import type { RayOperatorOptions } from "./options.ts";
import { planRayCluster } from "./plan.ts";
import { rayPodSelector } from "./pod-state.ts";
import { needsRedisCleanup, planRedisCleanup } from "./policies/redis-cleanup.ts";

export interface RayClusterControllerOptions {
  readonly options: RayOperatorOptions;
}

/** The account of its autoscaler that a cluster waits for. */
function accountKeys(cluster: RayCluster): readonly string[] {
  const account = namedAccount(cluster);
  return account === undefined ? [] : [account];
}

export function createRayClusterController({
  options,
}: RayClusterControllerOptions): ControllerSpec<RayCluster, World, RayClusterStatus> {
  return {
    name: "raycluster",
    root: RayClusterKind,
    owns: [
      // Jobs' and other pods are none of ours: a cluster may hold tens of thousands.
      { kind: PodKind, selector: rayPodSelector, writes: ["create", "patch", "delete", "deletecollection"] },
      { kind: Secret, selector: labels.cluster, writes: ["create"] },
      { kind: ServiceKind, writes: ["create"] },
      { kind: ServiceAccount, writes: ["create"] },
      { kind: Role, writes: ["create"] },
      { kind: RoleBinding, writes: ["create"] },
      { kind: Ingress, writes: ["create", "patch"] },
      { kind: JobKind, writes: ["create"] },
    ],
    watches: [{ kind: ServiceAccount, map: ({ metadata: { namespace, name } }, rootsOf) => rootsOf(namespace, name) }],
    delegates: autoscalerRules,
    keys: accountKeys,
    manages: ({ spec }) => spec.managedBy === undefined || spec.managedBy === operatorManager,
    finalizer: { name: finalizers.redisCleanup, needs: (cluster) => needsRedisCleanup(cluster, options) },
    observe,
    plan: (root, world, now) => planRayCluster(root, world, now, options),
    planDeletion: (root, world, now) => planRedisCleanup(root, world, now, options),
    metrics,
  };
}
