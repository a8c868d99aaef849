/** What a pass over a RayCluster does: services and pods in one go, the status once. Pure. */
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { isConditionTrue } from "../../api/meta/condition.ts";
import { annotations, conditions, labels } from "../../api/ray/labels.ts";
import type { RayCluster, RayClusterStatus } from "../../api/ray/types.ts";
import {
  validateRayClusterMetadata,
  validateRayClusterSpec,
  validateUpgradeStrategy,
} from "../../api/ray/validation.ts";
import type { Apply, EventRecord, Plan, Remove } from "../../runtime/plan.ts";
import { autoscalerAccess } from "./autoscaler.ts";
import { specHash } from "./hash.ts";
import type { World } from "./observe.ts";
import type { RayOperatorOptions } from "./options.ts";
import { desiredHeadPod, type PodContext } from "./pod.ts";
import { isHead, isTerminating, unhealthyReason } from "./pods.ts";
import { headServiceNameOf, planServices } from "./services.ts";
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

function invalid(cluster: RayCluster): EventRecord | undefined {
  const { namespace, name } = cluster.metadata;
  const found = (reason: string, text: string | undefined): EventRecord | undefined =>
    text === undefined
      ? undefined
      : { type: "Warning", reason, action: "Validate", message: `${namespace}/${name}: ${text}` };
  return (
    found("InvalidRayClusterMetadata", validateRayClusterMetadata(cluster)) ??
    found("InvalidRayClusterSpec", validateRayClusterSpec(cluster.spec, cluster.metadata.annotations)) ??
    found("InvalidRayClusterSpec", validateUpgradeStrategy(cluster))
  );
}

interface PodPlan {
  readonly apply: readonly Apply[];
  readonly remove: readonly Remove[];
  /** Delete every pod of the cluster, saying why. */
  readonly removeAll?: string;
  readonly hasProblem: boolean;
  readonly patches: readonly Apply[];
}

const noPods: PodPlan = { apply: [], remove: [], hasProblem: false, patches: [] };

function removeHead(head: Pod, reason: string): Remove {
  const { namespace, name = "", uid } = head.metadata;
  return {
    target: { kind: PodKind, namespace, name, uid },
    onSuccess: {
      type: "Normal",
      reason: "DeletedHeadPod",
      action: "Delete",
      message: `Deleted head Pod ${namespace}/${name}; ${reason}`,
    },
    onFailure: {
      type: "Warning",
      reason: "FailedToDeleteHeadPod",
      action: "Delete",
      message: `Failed to delete head Pod ${namespace}/${name}`,
    },
    failureReason: "FailedDeleteHeadPod",
  };
}

function createHead(context: PodContext): Apply {
  const pod = desiredHeadPod(context);
  const { namespace, generateName, name = generateName } = pod.metadata;
  return {
    kind: PodKind,
    target: pod,
    onSuccess: {
      type: "Normal",
      reason: "CreatedHeadPod",
      action: "Create",
      message: `Created head Pod ${namespace}/${name}`,
    },
    onFailure: {
      type: "Warning",
      reason: "FailedToCreateHeadPod",
      action: "Create",
      message: `Failed to create head Pod ${namespace}/${name}`,
    },
    failureReason: "FailedCreateHeadPod",
  };
}

/** Under Recreate: pods made from another spec go; those of another operator version are stamped anew and stay. */
function recreate(context: PodContext, head: Pod | undefined): Pick<PodPlan, "removeAll" | "patches"> {
  const { cluster, options, hash } = context;
  const marks = head?.metadata.annotations ?? {};
  if (cluster.spec.upgradeStrategy?.type !== "Recreate" || !head) return { patches: [] };
  const version = marks[annotations.operatorVersion];
  if (version && version !== options.version) {
    const stamp = { [annotations.upgradeHash]: hash, [annotations.operatorVersion]: options.version };
    const target = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: head.metadata.name, namespace: head.metadata.namespace, annotations: stamp },
    };
    return { patches: [{ kind: PodKind, target, mode: "patch" }] };
  }
  const old = marks[annotations.upgradeHash];
  return old && old !== hash
    ? { removeAll: "due to spec change with Recreate upgradeStrategy", patches: [] }
    : { patches: [] };
}

/** A head that ended once provisioned is not replaced where the submitter lives in it: its death is the job's end. */
function staysWithoutHead({ metadata, status }: RayCluster): boolean {
  return (
    isConditionTrue(status?.conditions, conditions.provisioned) &&
    metadata.annotations?.[annotations.disableHeadRestart] === "true"
  );
}

function planPods(context: PodContext, world: World, suffix: () => string): PodPlan {
  const { cluster } = context;
  const { pods } = world;
  const status = cluster.status?.conditions;
  if (isConditionTrue(status, conditions.suspending)) return { ...noPods, removeAll: "due to suspension" };
  if (isConditionTrue(status, conditions.suspended) || cluster.spec.suspend) return noPods;
  const heads = pods.filter(isHead);
  const [head] = heads;
  const { removeAll, patches } = recreate(context, head);
  if (removeAll) return { ...noPods, removeAll };
  if (heads.length > 1) return { ...noPods, hasProblem: true };
  const reason = head && unhealthyReason(head);
  // A head that has to go takes the whole pass: workers are looked at once it is gone.
  if (head && reason)
    return { ...noPods, remove: isTerminating(head) ? [] : [removeHead(head, reason)], hasProblem: true };
  if (!head && staysWithoutHead(cluster)) return { ...noPods, hasProblem: true };
  const apply: Apply[] = head ? [] : [createHead(context)];
  const remove: Remove[] = [];
  for (const group of cluster.spec.workerGroupSpecs ?? []) {
    const plan = planGroup({ context, group, pods, suffix });
    apply.push(...plan.apply);
    remove.push(...plan.remove);
    if (plan.stops) return { apply, remove, hasProblem: true, patches };
  }
  return { apply, remove, hasProblem: false, patches };
}

function tooManyHeads(cluster: RayCluster, heads: readonly Pod[]): EventRecord {
  const names = heads.map((pod) => pod.metadata.name).join(", ");
  return {
    type: "Warning",
    reason: "FailedToCreateHeadPod",
    action: "Reconcile",
    message: `${cluster.metadata.name} has ${heads.length} head pods (${names}). Please delete extra head pods`,
  };
}

export function planRayCluster(
  cluster: RayCluster,
  world: World,
  now: Date,
  { options, newToken, suffix }: PlanDependencies,
): ClusterPlan {
  const broken = invalid(cluster);
  if (broken) return { apply: [], remove: [], events: [broken] };
  const { pods, headServices, failures } = world;
  const [headService] = headServices;
  const context: PodContext = {
    cluster,
    options,
    headService: headService?.metadata.name ?? headServiceNameOf(cluster),
    hash: specHash(cluster.spec),
  };
  const plan = planPods(context, world, suffix);
  const services = planServices({
    cluster,
    options,
    hasHeadService: headServices.length > 0,
    newToken: world.hasAuthSecret ? () => "" : newToken,
  });
  const heads = pods.filter(isHead);
  const { namespace = "default", name = "" } = cluster.metadata;
  const hasPods = pods.some((pod) => !isTerminating(pod));
  // What is made now changes the status again at once: the next pass tells both in one write.
  const makes = headServices.length === 0 || plan.apply.length > 0;
  const removeAll = plan.removeAll && hasPods ? plan.removeAll : undefined;
  return {
    apply: [...autoscalerAccess(cluster), ...services, ...plan.patches, ...plan.apply],
    remove: plan.remove,
    ...(removeAll && {
      removeCollections: [
        {
          kind: PodKind,
          namespace,
          labelSelector: `${labels.cluster}=${name}`,
          onSuccess: {
            type: "Normal",
            reason: "DeletedPod",
            action: "Delete",
            message: `Deleted Pods for RayCluster ${namespace}/${name} ${removeAll}`,
          },
          onFailure: {
            type: "Warning",
            reason: "FailedToDeletePodCollection",
            action: "Delete",
            message: `Failed to delete Pods of RayCluster ${namespace}/${name}`,
          },
          failureReason: "FailedDeleteAllPods",
        },
      ],
    }),
    status:
      heads.length > 1 || (makes && failures.length === 0)
        ? undefined
        : deriveStatus({ cluster, pods, headService, failures, hasProblem: plan.hasProblem, now }),
    events: heads.length > 1 ? [tooManyHeads(cluster, heads)] : [],
  };
}
