/** A worker group whose replicas have several hosts, which live and die together: what to create and delete in it. Pure. */
import type { Pod } from "../../../api/core/pod.ts";
import { labels } from "../../../api/ray/labels.ts";
import { derivedSuffix } from "../../../machinery/derived-name.ts";
import type { Steps } from "../../../runtime/steps.ts";
import { desiredReplicas, freeIndices, hostsOf, isTerminating, podsOfGroup, unhealthyReason } from "../pod-state.ts";
import { createWorker, type GroupInput, type GroupSteps, mayShrink, removeWorker } from "./worker.ts";

type Replica = readonly Pod[];

/** By the name of the replica; pods without one are none of ours. */
function replicasOf(pods: readonly Pod[]): readonly Replica[] {
  const named = pods.filter(({ metadata }) => metadata.labels?.[labels.replicaName] !== undefined);
  return [...Map.groupBy(named, ({ metadata }) => metadata.labels?.[labels.replicaName]).values()];
}

const removeReplicas = (replicas: readonly Replica[], { group }: GroupInput, why: string): Steps =>
  replicas
    .flat()
    .filter((pod) => !isTerminating(pod))
    .map((pod) => removeWorker(pod, `Deleted worker Pod {object} for group ${group.groupName}: ${why}`));

/** An index is free once no pod has it, so that a name which comes again is nobody's. */
function createReplica(input: GroupInput, index: number): Steps {
  const { context, group } = input;
  const { uid = "" } = context.cluster.metadata;
  const name = `${group.groupName}-${derivedSuffix([uid, group.groupName, index])}`;
  return Array.from({ length: hostsOf(group) }, (_, host) => createWorker(input, { index, name, host }));
}

function scale(input: GroupInput, present: readonly Replica[]): Steps {
  const { context, group, pods } = input;
  const wanted = desiredReplicas(group);
  const missing = wanted - present.length;
  if (missing > 0) {
    const free = freeIndices(podsOfGroup(pods, group.groupName), missing);
    return free.flatMap((index) => createReplica(input, index));
  }
  if (missing === 0 || !mayShrink(context)) return [];
  const staying = present.filter((replica) => !replica.every(isTerminating));
  return removeReplicas(staying.slice(wanted), input, "there are more replicas than wanted");
}

export function planReplicas(input: GroupInput): GroupSteps {
  const { group, pods } = input;
  const listed = new Set(group.scaleStrategy?.workersToDelete ?? []);
  const all = replicasOf(podsOfGroup(pods, group.groupName));
  const isWhole = (replica: Replica) => replica.length >= hostsOf(group);
  const isSick = (replica: Replica) => replica.some((pod) => unhealthyReason(pod) !== undefined);
  const isListed = (replica: Replica) => replica.some(({ metadata }) => listed.has(metadata.name ?? ""));
  const partial = all.filter((replica) => !isWhole(replica));
  const broken = removeReplicas(partial, input, "its multi-host replica is incomplete");
  if (broken.length > 0) return { steps: broken, stops: true };
  const whole = all.filter(isWhole);
  const healthy = whole.filter((replica) => !isSick(replica));
  const sick = removeReplicas(whole.filter(isSick), input, "a host of its replica is unhealthy");
  const chosen = removeReplicas(healthy.filter(isListed), input, "the autoscaler chose its replica");
  if (chosen.length > 0) return { steps: [...sick, ...chosen], stops: true };
  const staying = healthy.filter((replica) => !isListed(replica));
  return { steps: [...sick, ...scale(input, staying)], stops: false };
}
