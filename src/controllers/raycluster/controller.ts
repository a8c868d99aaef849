/** The RayCluster controller, drop-in for KubeRay's. */
import { randomBytes } from "node:crypto";
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
import { randomSuffix } from "../../machinery/names.ts";
import type { ControllerSpec } from "../../runtime/plan.ts";
import { observe, type World } from "./observe.ts";
import type { RayOperatorOptions } from "./options.ts";
import { planRayCluster } from "./plan.ts";
import { rayPodSelector } from "./pods.ts";
import { needsRedisCleanup, planRedisCleanup } from "./redis-cleanup.ts";

export interface RayClusterControllerOptions {
  readonly options: RayOperatorOptions;
  /** Yields [0, 1). */
  readonly random?: () => number;
  readonly newToken?: () => string;
}

export function createRayClusterController({
  options,
  random = Math.random,
  newToken = () => randomBytes(32).toString("base64"),
}: RayClusterControllerOptions): ControllerSpec<RayCluster, World, RayClusterStatus> {
  const dependencies = { options, newToken, suffix: () => randomSuffix(random) };
  return {
    name: "raycluster",
    root: RayClusterKind,
    owns: [PodKind, ServiceKind, Secret, ServiceAccount, Role, RoleBinding, Ingress, JobKind],
    manages: ({ spec }) => spec.managedBy === undefined || spec.managedBy === operatorManager,
    // Jobs' and other pods are none of ours: a cluster may hold tens of thousands.
    cacheSelectors: { "/pods": rayPodSelector, "/secrets": labels.cluster },
    finalizer: { name: finalizers.redisCleanup, needs: (cluster) => needsRedisCleanup(cluster, options) },
    observe,
    plan: (root, world, now) => planRayCluster(root, world, now, dependencies),
    planDeletion: (root, world, now) => planRedisCleanup(root, world, now, options),
  };
}
