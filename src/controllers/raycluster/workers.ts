/** What to create and delete in one worker group. Pure. */
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { labels } from "../../api/ray/labels.ts";
import type { WorkerGroupSpec } from "../../api/ray/types.ts";
import type { Apply, Remove } from "../../runtime/plan.ts";
import { desiredWorkerPod, type PodContext } from "./pod.ts";
import { desiredReplicas, freeIndices, hostsOf, isTerminating, podsOfGroup, unhealthyReason } from "./pods.ts";

export interface GroupPlan {
  readonly apply: readonly Apply[];
  readonly remove: readonly Remove[];
  /** Unhealthy pods were found: nothing else happens in this pass. */
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
  const missing = desiredReplicas(group) * hostsOf(group) - rest.length;
  if (missing > 0) {
    const apply = freeIndices(rest, missing).map((index) => creation(desiredWorkerPod(context, group, { index })));
    return { apply, remove, stops: false };
  }
  if (missing === 0 || !mayShrink(context)) return { apply: [], remove, stops: false };
  // Pods that are not ready yet have the least to lose.
  const surplus = rest
    .filter((pod) => !isTerminating(pod))
    .toSorted((a, b) => Number(a.status?.phase === "Running") - Number(b.status?.phase === "Running"))
    .slice(0, Math.max(0, rest.filter((pod) => !isTerminating(pod)).length - desiredReplicas(group) * hostsOf(group)));
  return { apply: [], remove: [...remove, ...surplus.map((pod) => removal(pod, deleted(pod)))], stops: false };
}

const replicaOf = (pod: Pod) => pod.metadata.labels?.[labels.replicaName];

/** Replicas of several hosts live and die together. */
function planMultiHost({ context, group, pods, suffix }: GroupInput): GroupPlan {
  const all = podsOfGroup(pods, group.groupName).filter((pod) => replicaOf(pod) !== undefined);
  const replicas = new Map<string, Pod[]>();
  for (const pod of all) replicas.set(replicaOf(pod) ?? "", [...(replicas.get(replicaOf(pod) ?? "") ?? []), pod]);
  const hosts = hostsOf(group);
  const listed = new Set(group.scaleStrategy?.workersToDelete ?? []);
  const removeReplica = (members: readonly Pod[], why: string) =>
    members
      .filter((pod) => !isTerminating(pod))
      .map((pod) => removal(pod, `${deleted(pod)} for group ${group.groupName}: ${why}`));
  const condemned: Remove[] = [];
  const healthy: Pod[][] = [];
  for (const members of replicas.values()) {
    if (members.length < hosts) condemned.push(...removeReplica(members, "its multi-host replica is incomplete"));
    else if (members.some((pod) => unhealthyReason(pod)))
      condemned.push(...removeReplica(members, "a host of its replica is unhealthy"));
    else if (members.some((pod) => listed.has(pod.metadata.name ?? "")))
      condemned.push(...removeReplica(members, "the autoscaler chose its replica"));
    else healthy.push(members);
  }
  if (condemned.length > 0) return { apply: [], remove: condemned, stops: true };
  const missing = desiredReplicas(group) - healthy.length;
  if (missing > 0) {
    const apply = freeIndices(all, missing).flatMap((index) => {
      const name = `${group.groupName}-${suffix()}`;
      return Array.from({ length: hosts }, (_, host) =>
        creation(desiredWorkerPod(context, group, { index, name, host })),
      );
    });
    return { apply, remove: [], stops: false };
  }
  if (missing === 0 || !mayShrink(context)) return nothing;
  const staying = healthy.filter((members) => !members.every(isTerminating));
  const surplus = staying
    .slice(desiredReplicas(group))
    .flatMap((members) => removeReplica(members, "there are more replicas than wanted"));
  return { apply: [], remove: surplus, stops: false };
}

export function planGroup(input: GroupInput): GroupPlan {
  const { group, pods } = input;
  if (group.suspend) {
    const running = podsOfGroup(pods, group.groupName).filter((pod) => !isTerminating(pod));
    return {
      apply: [],
      remove: running.map((pod) => removal(pod, `${deleted(pod)}: its group is suspended`)),
      stops: false,
    };
  }
  return hostsOf(group) > 1 ? planMultiHost(input) : planSingleHost(input);
}
