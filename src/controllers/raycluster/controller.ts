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
import { events } from "./events.ts";
import { metrics } from "./metrics.ts";
import { observe, type World } from "./observe.ts";
import type { RayOperatorOptions } from "./options.ts";
import { planRayCluster } from "./plan.ts";
import { rayPodSelector, unreadOfRayPods } from "./pod-state.ts";
import { needsRedisCleanup, planRedisCleanup } from "./policies/redis-cleanup.ts";

export interface RayClusterControllerOptions {
  readonly options: RayOperatorOptions;
}

/** The account of its autoscaler that a cluster waits for. */
function accountKeys(cluster: RayCluster): readonly string[] {
  const account = namedAccount(cluster);
  return account === undefined ? [] : [account];
}

const owns: ControllerSpec<RayCluster, World, RayClusterStatus>["owns"] = [
  {
    kind: PodKind,
    // Jobs' and other pods are none of ours: a cluster may hold tens of thousands.
    selector: rayPodSelector,
    unread: unreadOfRayPods,
    writes: ["create", "patch", "delete", "deletecollection"],
    why: "head and workers",
  },
  { kind: Secret, selector: labels.cluster, unread: ["data"], writes: ["create"], why: "Ray's token" },
  {
    kind: ServiceKind,
    writes: ["create"],
    why: "of the head, of Ray Serve, and a headless one of groups of several hosts",
  },
  { kind: ServiceAccount, writes: ["create"], why: "the autoscaler's" },
  { kind: Role, unread: ["rules"], writes: ["create"], why: "the autoscaler's" },
  { kind: RoleBinding, unread: ["subjects"], writes: ["create"], why: "the autoscaler's" },
  { kind: Ingress, writes: ["create", "patch"], why: "of the dashboard" },
  { kind: JobKind, writes: ["create"], why: "empties Redis after a cluster with a fault tolerant GCS" },
];

export function createRayClusterController({
  options,
}: RayClusterControllerOptions): ControllerSpec<RayCluster, World, RayClusterStatus> {
  return {
    name: "raycluster",
    does: "Makes the pods of a Ray cluster, its head Service and what they need, and keeps as many as the spec asks for. Drop-in for KubeRay's.",
    root: RayClusterKind,
    owns,
    watches: [
      {
        kind: ServiceAccount,
        why: "one that the head group names may be missing when the cluster is made",
        map: ({ metadata: { namespace, name } }, rootsOf) => rootsOf(namespace, name),
      },
    ],
    delegates: autoscalerRules,
    keys: accountKeys,
    manages: ({ spec }) => spec.managedBy === undefined || spec.managedBy === operatorManager,
    finalizer: { name: finalizers.redisCleanup, needs: (cluster) => needsRedisCleanup(cluster, options) },
    observe,
    plan: (root, world, now) => planRayCluster(root, world, now, options),
    planDeletion: (root, world, now) => planRedisCleanup(root, world, now, options),
    events,
    metrics,
  };
}
