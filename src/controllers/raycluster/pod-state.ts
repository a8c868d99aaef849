/** Facts about the pods of a cluster: which must go, how many there should be. Pure. */
import type { Pod } from "../../api/core/pod.ts";
import { labels } from "../../api/ray/labels.ts";
import type { WorkerGroupSpec } from "../../api/ray/types.ts";

const ofContainers = [
  "env",
  "envFrom",
  "command",
  "args",
  "ports",
  "volumeMounts",
  "securityContext",
  "lifecycle",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "terminationMessagePath",
  "terminationMessagePolicy",
];
const ofStatuses = ["imageID", "containerID", "resources", "allocatedResources", "volumeMounts"];
const below = (list: string, fields: readonly string[]) => fields.map((field) => `${list}.${field}`);

/** Of a Ray pod, what no controller looks at: most of it. Of containers names, images and resources are told. */
export const unreadOfRayPods: readonly string[] = [
  ...below("spec.containers", ofContainers),
  ...below("spec.initContainers", ofContainers),
  ...below("spec", ["volumes", "tolerations", "affinity", "securityContext", "topologySpreadConstraints"]),
  ...below("status.containerStatuses", ofStatuses),
  ...below("status.initContainerStatuses", ofStatuses),
];

/** Pods of Ray clusters, among all there are. */
export const rayPodSelector = `${labels.nodeType} in (head,worker,redis-cleanup)`;

const maxInt32 = 2_147_483_647;

/** Why a pod has to be replaced; undefined when it is fine (or may still become so). */
export function unhealthyReason(pod: Pod): string | undefined {
  const { phase } = pod.status ?? {};
  const policy = pod.spec.restartPolicy ?? "Always";
  const ray = pod.spec.containers[0]?.name;
  const terminated = pod.status?.containerStatuses?.find(({ name }) => name === ray)?.state?.terminated;
  const facts = `Pod status: ${phase}; Pod restart policy: ${policy}; Ray container terminated status: ${terminated ? `${terminated.reason ?? ""} (exit code ${terminated.exitCode})` : "nil"}`;
  if (phase === "Failed" || phase === "Succeeded") return facts;
  return phase === "Running" && terminated && policy === "Never" ? facts : undefined;
}

export const isHead = (pod: Pod): boolean => pod.metadata.labels?.[labels.nodeType] === "head";
export const isWorker = (pod: Pod): boolean => pod.metadata.labels?.[labels.nodeType] === "worker";

export const isRunning = (pod: Pod): boolean => pod.status?.phase === "Running";
/** Running, and not said to be unready. */
export const isUp = (pod: Pod): boolean =>
  isRunning(pod) && !pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status !== "True");

export const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** Replicas between minimum and maximum; a suspended group has none. */
export function desiredReplicas({
  replicas,
  minReplicas = 0,
  maxReplicas = maxInt32,
  suspend,
}: WorkerGroupSpec): number {
  if (suspend) return 0;
  return Math.min(Math.max(replicas ?? minReplicas, minReplicas), maxReplicas);
}

export const hostsOf = (group: WorkerGroupSpec): number => group.numOfHosts ?? 1;

export function desiredWorkers(groups: readonly WorkerGroupSpec[]): number {
  return groups.reduce((sum, group) => sum + desiredReplicas(group) * hostsOf(group), 0);
}

export const podsOfGroup = (pods: readonly Pod[], group: string): readonly Pod[] =>
  pods.filter((pod) => pod.metadata.labels?.[labels.group] === group);

/** The lowest replica indices not in use. */
export function freeIndices(pods: readonly Pod[], count: number): readonly number[] {
  const used = new Set(pods.map((pod) => Number(pod.metadata.labels?.[labels.replicaIndex] ?? -1)));
  const free: number[] = [];
  for (let index = 0; free.length < count; index++) if (!used.has(index)) free.push(index);
  return free;
}
