/** What to create and delete in one worker group. Pure. */
import { Pod as PodKind } from "../../api/core/kinds.ts";
import { isPodReady, type Pod } from "../../api/core/pod.ts";
import { labels } from "../../api/ray/labels.ts";
import type { WorkerGroupSpec } from "../../api/ray/types.ts";
import type { Apply, Remove, RemoveCollection } from "../../runtime/plan.ts";
import { desiredWorkerPod, type PodContext } from "./pod.ts";
import { desiredReplicas, freeIndices, hostsOf, isTerminating, podsOfGroup, unhealthyReason } from "./pods.ts";

export interface GroupPlan {
  readonly apply: readonly Apply[];
  readonly remove: readonly Remove[];
  readonly removeCollections?: readonly RemoveCollection[];
  /** Pods have to go first: the groups after this one wait for a later pass. */
  readonly stops: boolean;
}

export interface GroupInput {
  readonly context: PodContext;
  readonly group: WorkerGroupSpec;
  /** All pods of the cluster. */
  readonly pods: readonly Pod[];
  /** Five random characters for the name of a multi-host replica. */
  readonly suffix: () => string;
}

const nothing: GroupPlan = { apply: [], remove: [], stops: false };

const removal = (pod: Pod, message: string): Remove => {
  const { namespace, name = "", uid } = pod.metadata;
  return {
    target: { kind: PodKind, namespace, name, uid },
    onSuccess: { type: "Normal", reason: "DeletedWorkerPod", action: "Delete", message },
    onFailure: {
      type: "Warning",
      reason: "FailedToDeleteWorkerPod",
      action: "Delete",
      message: `Failed to delete worker Pod ${namespace}/${name}`,
    },
    failureReason: "FailedDeleteWorkerPod",
  };
};

const creation = (pod: Pod): Apply => ({
  kind: PodKind,
  target: pod,
  onSuccess: {
    type: "Normal",
    reason: "CreatedWorkerPod",
    action: "Create",
    message: `Created worker Pod ${pod.metadata.namespace}/${pod.metadata.generateName}`,
  },
  onFailure: {
    type: "Warning",
    reason: "FailedToCreateWorkerPod",
    action: "Create",
    message: `Failed to create worker Pod for the cluster`,
  },
  failureReason: "FailedCreateWorkerPod",
});

const deleted = (pod: Pod) => `Deleted worker Pod ${pod.metadata.namespace}/${pod.metadata.name}`;

function unhealthy(pods: readonly Pod[]): readonly Remove[] {
  return pods.flatMap((pod) => {
    const reason = unhealthyReason(pod);
    return reason && !isTerminating(pod) ? [removal(pod, `${deleted(pod)}; ${reason}`)] : [];
  });
}

/** Whether the operator itself may take surplus pods away: with an autoscaler, only it decides which. */
const mayShrink = ({ cluster, options }: PodContext) =>
  !cluster.spec.enableInTreeAutoscaling || options.randomPodDelete;

function planSingleHost({ context, group, pods }: GroupInput): GroupPlan {
  const all = podsOfGroup(pods, group.groupName);
  const sick = unhealthy(all);
  if (sick.length > 0) return { apply: [], remove: sick, stops: true };
  const listed = new Set(group.scaleStrategy?.workersToDelete ?? []);
  const chosen = pods.filter((pod) => listed.has(pod.metadata.name ?? "") && !isTerminating(pod));
  const remove = chosen.map((pod) => removal(pod, `Deleted pod ${pod.metadata.namespace}/${pod.metadata.name}`));
  const rest = all.filter((pod) => !listed.has(pod.metadata.name ?? ""));
  const wanted = desiredReplicas(group) * hostsOf(group);
  const missing = wanted - rest.length;
  if (missing > 0) {
    const apply = freeIndices(all, missing).map((index) => creation(desiredWorkerPod(context, group, { index })));
    return { apply, remove, stops: false };
  }
  if (missing === 0 || !mayShrink(context)) return { apply: [], remove, stops: false };
  // Pods that are not ready yet have the least to lose.
  const staying = rest.filter((pod) => !isTerminating(pod));
  const surplus = staying
    .toSorted((a, b) => Number(isPodReady(a)) - Number(isPodReady(b)))
    .slice(0, Math.max(0, staying.length - wanted));
  return { apply: [], remove: [...remove, ...surplus.map((pod) => removal(pod, deleted(pod)))], stops: false };
}

type Replica = readonly Pod[];

/** By the name of the replica; pods without one are none of ours. */
function replicasOf(pods: readonly Pod[]): readonly Replica[] {
  const replicas = new Map<string, Pod[]>();
  for (const pod of pods) {
    const name = pod.metadata.labels?.[labels.replicaName];
    if (name !== undefined) replicas.set(name, [...(replicas.get(name) ?? []), pod]);
  }
  return [...replicas.values()];
}

function removeReplicas(replicas: readonly Replica[], group: WorkerGroupSpec, why: string): readonly Remove[] {
  return replicas
    .flat()
    .filter((pod) => !isTerminating(pod))
    .map((pod) => removal(pod, `${deleted(pod)} for group ${group.groupName}: ${why}`));
}

/** Hosts of a replica live and die together. */
function planMultiHost(input: GroupInput): GroupPlan {
  const { group, pods } = input;
  const hosts = hostsOf(group);
  const listed = new Set(group.scaleStrategy?.workersToDelete ?? []);
  const all = replicasOf(podsOfGroup(pods, group.groupName));
  const isWhole = (replica: Replica) => replica.length >= hosts;
  const isSick = (replica: Replica) => replica.some((pod) => unhealthyReason(pod) !== undefined);
  const isListed = (replica: Replica) => replica.some((pod) => listed.has(pod.metadata.name ?? ""));
  const whole = all.filter(isWhole);
  const healthy = whole.filter((replica) => !isSick(replica));
  const broken = removeReplicas(
    all.filter((replica) => !isWhole(replica)),
    group,
    "its multi-host replica is incomplete",
  );
  if (broken.length > 0) return { apply: [], remove: broken, stops: true };
  const sick = removeReplicas(whole.filter(isSick), group, "a host of its replica is unhealthy");
  const chosen = removeReplicas(healthy.filter(isListed), group, "the autoscaler chose its replica");
  if (chosen.length > 0) return { apply: [], remove: [...sick, ...chosen], stops: true };
  const scaled = scaleReplicas(
    input,
    healthy.filter((replica) => !isListed(replica)),
  );
  return { ...scaled, remove: [...sick, ...scaled.remove] };
}

function scaleReplicas({ context, group, pods, suffix }: GroupInput, present: readonly Replica[]): GroupPlan {
  const wanted = desiredReplicas(group);
  const missing = wanted - present.length;
  if (missing > 0) {
    const apply = freeIndices(podsOfGroup(pods, group.groupName), missing).flatMap((index) => {
      const name = `${group.groupName}-${suffix()}`;
      return Array.from({ length: hostsOf(group) }, (_, host) =>
        creation(desiredWorkerPod(context, group, { index, name, host })),
      );
    });
    return { apply, remove: [], stops: false };
  }
  if (missing === 0 || !mayShrink(context)) return nothing;
  const staying = present.filter((replica) => !replica.every(isTerminating));
  const remove = removeReplicas(staying.slice(wanted), group, "there are more replicas than wanted");
  return { apply: [], remove, stops: false };
}

/** All pods of the group, in one request. */
function planSuspended({ context: { cluster }, group, pods }: GroupInput): GroupPlan {
  if (podsOfGroup(pods, group.groupName).every(isTerminating)) return nothing;
  const { name, namespace = "default" } = cluster.metadata;
  const what = `the worker Pods of group ${group.groupName} of RayCluster ${namespace}/${name}`;
  const collection: RemoveCollection = {
    kind: PodKind,
    namespace,
    labelSelector: `${labels.cluster}=${name},${labels.group}=${group.groupName}`,
    onSuccess: {
      type: "Normal",
      reason: "DeletedWorkerPod",
      action: "Delete",
      message: `Deleted ${what}: it is suspended`,
    },
    onFailure: {
      type: "Warning",
      reason: "FailedToDeleteWorkerPodCollection",
      action: "Delete",
      message: `Failed to delete ${what}`,
    },
    failureReason: "FailedDeleteWorkerPod",
  };
  return { ...nothing, removeCollections: [collection] };
}

export function planGroup(input: GroupInput): GroupPlan {
  const { context, group } = input;
  if (group.suspend) return planSuspended(input);
  const isMultiHost = hostsOf(group) > 1 && context.options.gates.RayMultiHostIndexing;
  return isMultiHost ? planMultiHost(input) : planSingleHost(input);
}
