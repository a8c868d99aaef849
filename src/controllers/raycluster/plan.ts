/** What a pass over a RayCluster does: services and pods in one go, the status once. Pure. */
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import { type Condition, isConditionTrue } from "../../api/meta/condition.ts";
import { conditions, labels } from "../../api/ray/labels.ts";
import type { RayCluster, RayClusterStatus } from "../../api/ray/types.ts";
import {
  validateRayClusterMetadata,
  validateRayClusterSpec,
  validateRayClusterStatus,
  validateUpgradeStrategy,
  warnOfRestarts,
} from "../../api/ray/validation.ts";
import type { Apply, EventRecord, Plan, Remove, RemoveCollection } from "../../runtime/plan.ts";
import { autoscalerAccess, missingAccount } from "./autoscaler.ts";
import { specHash } from "./hash.ts";
import { createHead, planUpgrade, removeHead, staysWithoutHead } from "./head.ts";
import { planIngress } from "./ingress.ts";
import type { World } from "./observe.ts";
import type { RayOperatorOptions } from "./options.ts";
import type { PodContext } from "./pod.ts";
import { isHead, isTerminating, unhealthyReason } from "./pods.ts";
import { headServiceNameOf, missingServePort, planServices } from "./services.ts";
import { deriveStatus } from "./status.ts";
import { planGroup } from "./workers.ts";

export interface PlanDependencies {
  readonly options: RayOperatorOptions;
  /** A fresh secret token. */
  readonly newToken: () => string;
  /** Five random characters. */
  readonly suffix: () => string;
}

type ClusterPlan = Plan<RayClusterStatus>;

/** Something that only its user can mend is looked at again this often. */
const patienceMs = 5_000;

const warning = ({ metadata: { namespace, name } }: RayCluster, reason: string, text: string): EventRecord => ({
  type: "Warning",
  reason,
  action: "Validate",
  message: `${namespace}/${name}: ${text}`,
});

/** Told as an event and in the status; a cluster that is up stays up. */
function refuse(cluster: RayCluster, options: RayOperatorOptions): ClusterPlan | undefined {
  const { metadata, spec, status } = cluster;
  const tell = (reason: string, text: string | undefined): ClusterPlan | undefined =>
    text === undefined
      ? undefined
      : {
          apply: [],
          remove: [],
          status: { ...status, reason: text, observedGeneration: metadata.generation },
          events: [warning(cluster, reason, text)],
        };
  return (
    tell("InvalidRayClusterMetadata", validateRayClusterMetadata(cluster)) ??
    tell("InvalidRayClusterSpec", validateRayClusterSpec(spec, metadata.annotations, options.gates)) ??
    tell("InvalidRayClusterSpec", validateUpgradeStrategy(cluster)) ??
    tell("InvalidRayClusterStatus", validateRayClusterStatus(cluster))
  );
}

interface PodPlan {
  readonly apply: readonly Apply[];
  readonly remove: readonly Remove[];
  readonly removeCollections: readonly RemoveCollection[];
  /** A stamp on pods that stay. */
  readonly patches: readonly Apply[];
  readonly hasProblem: boolean;
}

const noPods: PodPlan = { apply: [], remove: [], removeCollections: [], patches: [], hasProblem: false };

/** Every pod of the cluster, in one request. */
function removeAll({ cluster }: PodContext, pods: readonly Pod[], why: string): PodPlan {
  if (pods.every(isTerminating)) return noPods;
  const { namespace = "default", name } = cluster.metadata;
  const collection: RemoveCollection = {
    kind: PodKind,
    namespace,
    labelSelector: `${labels.cluster}=${name}`,
    onSuccess: {
      type: "Normal",
      reason: "DeletedPod",
      action: "Delete",
      message: `Deleted Pods for RayCluster ${namespace}/${name} ${why}`,
    },
    onFailure: {
      type: "Warning",
      reason: "FailedToDeletePodCollection",
      action: "Delete",
      message: `Failed to delete Pods of RayCluster ${namespace}/${name}`,
    },
    failureReason: "FailedDeleteAllPods",
  };
  return { ...noPods, removeCollections: [collection] };
}

/** Without conditions in the status, suspending has no state of its own: it is what the spec says. */
function suspension(cluster: RayCluster, options: RayOperatorOptions): "delete" | "wait" | undefined {
  if (!options.gates.RayClusterStatusConditions) return cluster.spec.suspend ? "delete" : undefined;
  const { conditions: list } = cluster.status ?? {};
  if (isConditionTrue(list, conditions.suspending)) return "delete";
  return isConditionTrue(list, conditions.suspended) || cluster.spec.suspend ? "wait" : undefined;
}

function planPods(context: PodContext, { pods }: World, suffix: () => string): PodPlan {
  const { cluster } = context;
  const suspended = suspension(cluster, context.options);
  if (suspended) return suspended === "delete" ? removeAll(context, pods, "due to suspension") : noPods;
  const heads = pods.filter(isHead);
  const [head] = heads;
  const upgrade = planUpgrade(context, head);
  if (upgrade.does === "recreate")
    return { ...removeAll(context, pods, "due to spec change with Recreate upgradeStrategy"), hasProblem: true };
  if (heads.length > 1 || (!head && staysWithoutHead(cluster))) return { ...noPods, hasProblem: true };
  const reason = head && unhealthyReason(head);
  // A head that has to go takes the whole pass: workers are looked at once it goes.
  if (head && reason && !isTerminating(head))
    return { ...noPods, remove: [removeHead(head, reason)], hasProblem: true };
  const start: PodPlan = {
    ...noPods,
    apply: head ? [] : [createHead(context)],
    patches: upgrade.does === "stamp" ? [upgrade.patch] : [],
    hasProblem: reason !== undefined,
  };
  return planGroups(context, pods, start, suffix);
}

function planGroups(context: PodContext, pods: readonly Pod[], start: PodPlan, suffix: () => string): PodPlan {
  const apply = [...start.apply];
  const remove: Remove[] = [];
  const removeCollections: RemoveCollection[] = [];
  for (const group of context.cluster.spec.workerGroupSpecs ?? []) {
    const plan = planGroup({ context, group, pods, suffix });
    apply.push(...plan.apply);
    remove.push(...plan.remove);
    removeCollections.push(...(plan.removeCollections ?? []));
    if (plan.stops) return { ...start, apply, remove, removeCollections, hasProblem: true };
  }
  return { ...start, apply, remove, removeCollections };
}

/** Which of two heads is the cluster's nobody can tell: nothing is written until one is gone. */
function tooManyHeads(cluster: RayCluster, heads: readonly Pod[]): ClusterPlan {
  const names = heads.map((pod) => pod.metadata.name).join(", ");
  const message = `${cluster.metadata.name} has ${heads.length} head pods (${names}). Please delete extra head pods`;
  return {
    apply: [],
    remove: [],
    events: [{ type: "Warning", reason: "FailedToCreateHeadPod", action: "Reconcile", message }],
  };
}

/** A change of these alone re-queues nobody, and decides what the next pass does. */
function isTurning(before: readonly Condition[] = [], after: readonly Condition[] = []): boolean {
  return [conditions.suspending, conditions.suspended].some(
    (type) => isConditionTrue(before, type) !== isConditionTrue(after, type),
  );
}

/** The hash is needed by few passes, and costs more than all the rest of one. */
function contextOf(cluster: RayCluster, headService: Service | undefined, options: RayOperatorOptions): PodContext {
  let known: string | undefined;
  return {
    cluster,
    options,
    headService: headService?.metadata.name ?? headServiceNameOf(cluster),
    hash: () => (known ??= specHash(cluster.spec)),
  };
}

function eventsOf(cluster: RayCluster, account: EventRecord | undefined): readonly EventRecord[] {
  const restarts = warnOfRestarts(cluster.spec);
  const text = `RayCluster spec warning: ${restarts}`;
  const warned = restarts === undefined ? undefined : warning(cluster, "InvalidRayClusterSpec", text);
  return [warned, account, missingServePort(cluster)].filter((event) => event !== undefined);
}

export function planRayCluster(
  cluster: RayCluster,
  world: World,
  now: Date,
  { options, newToken, suffix }: PlanDependencies,
): ClusterPlan {
  const refused = refuse(cluster, options);
  if (refused) return refused;
  const { pods, headServices, failures } = world;
  const [headService] = headServices;
  const isSuspended = suspension(cluster, options) !== undefined;
  const heads = pods.filter(isHead);
  if (heads.length > 1 && !isSuspended) return tooManyHeads(cluster, heads);
  const context = contextOf(cluster, headService, options);
  const account = world.hasAccount ? undefined : missingAccount(cluster);
  const plan = account ? { ...noPods, hasProblem: true } : planPods(context, world, suffix);
  const hasHeadService = headServices.length > 0;
  const services = planServices({
    cluster,
    options,
    hasHeadService,
    newToken: world.hasAuthSecret ? undefined : newToken,
  });
  const access = autoscalerAccess(cluster).filter(({ kind }) => !world.access.includes(kind.kind));
  const ingress = planIngress(cluster, world.ingress);
  const { removeCollections } = plan;
  const effects = {
    apply: [...access, ...services, ...ingress.apply, ...plan.patches, ...plan.apply],
    remove: plan.remove,
    ...(removeCollections.length > 0 && { removeCollections }),
    events: [...eventsOf(cluster, account), ...ingress.events],
  };
  // What is made now changes the status again at once: the next pass tells both in one write.
  if ((!hasHeadService || plan.apply.length > 0) && failures.length === 0) return effects;
  const status = deriveStatus({ cluster, pods, headService, failures, hasProblem: plan.hasProblem, options, now });
  const requeueAfterMs = isTurning(cluster.status?.conditions, status.conditions) ? 1 : account && patienceMs;
  return { ...effects, status, ...(requeueAfterMs !== undefined && { requeueAfterMs }) };
}
