/** The status of a RayCluster, derived in one place from its pods and Service. Pure. */
import type { Pod, PodTemplateSpec } from "../../api/core/pod.ts";
import { isPodReady } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import {
  type Condition,
  formatTime,
  isConditionTrue,
  removeCondition,
  setCondition,
} from "../../api/meta/condition.ts";
import { conditions as types } from "../../api/ray/labels.ts";
import type { HeadInfo, RayCluster, RayClusterStatus, StringMap, WorkerGroupSpec } from "../../api/ray/types.ts";
import { deepEqual } from "../../machinery/deep-equal.ts";
import { addQuantities, formatQuantity, type ParsedQuantity, parseQuantity } from "../../machinery/quantity.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "./options.ts";
import { isGpu } from "./ray-start.ts";
import { desiredReplicas, desiredWorkers, hostsOf, isHead, isWorker } from "./pods.ts";

export interface StatusInput {
  readonly cluster: RayCluster;
  readonly pods: readonly Pod[];
  readonly headService?: Service;
  readonly failures: readonly WriteFailure[];
  /** Unhealthy pods were found or a rule was broken: the cluster cannot become ready in this pass. */
  readonly hasProblem: boolean;
  readonly options: RayOperatorOptions;
  readonly now: Date;
}

const maxInt32 = 2_147_483_647;
const zero = parseQuantity("0");

type Pick = (name: string) => boolean;

/** Requests (else limits) of a template's containers, for the resources that `pick` names. */
function podAmount({ spec }: PodTemplateSpec, pick: Pick): ParsedQuantity {
  let sum = zero;
  for (const { resources = {} } of spec.containers) {
    const all = { ...resources.limits, ...resources.requests };
    for (const [name, value] of Object.entries(all)) if (pick(name)) sum = addQuantities(sum, parseQuantity(value));
  }
  return sum;
}

function total({ spec }: RayCluster, pick: Pick): string {
  let sum = podAmount(spec.headGroupSpec.template, pick);
  for (const group of spec.workerGroupSpecs ?? []) {
    if (group.suspend) continue;
    const each = podAmount(group.template, pick);
    const count = BigInt(desiredReplicas(group) * hostsOf(group));
    sum = addQuantities(sum, { ...each, nano: each.nano * count });
  }
  return formatQuantity(sum);
}

function bounds(groups: readonly WorkerGroupSpec[]): { readonly min: number; readonly max: number } {
  const active = groups.filter((group) => !group.suspend);
  const sum = (of: (group: WorkerGroupSpec) => number) =>
    active.reduce((total, group) => total + of(group) * hostsOf(group), 0);
  return {
    min: sum((group) => group.minReplicas ?? 0),
    max: Math.min(
      sum((group) => group.maxReplicas ?? maxInt32),
      maxInt32,
    ),
  };
}

const isRunning = (pod: Pod) => pod.status?.phase === "Running";
/** Running, and not said to be unready. */
const isUp = (pod: Pod) =>
  isRunning(pod) && !pod.status?.conditions?.some((c) => c.type === "Ready" && c.status !== "True");

/** The reason of the first container that does not run says more than "ContainersNotReady". */
function containerReason(pod: Pod): { readonly reason?: string; readonly message?: string } {
  for (const { name, state } of pod.status?.containerStatuses ?? []) {
    const { waiting, terminated } = state ?? {};
    const cause = waiting ?? terminated;
    if (cause?.reason) return { reason: cause.reason, message: `${name}: ${cause.message ?? ""}` };
  }
  return {};
}

const validReason = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;

function headCondition(head: Pod | undefined): Omit<Condition, "lastTransitionTime"> {
  const type = types.headPodReady;
  if (!head) return { type, status: "False", reason: "HeadPodNotFound", message: "Head Pod not found" };
  const ready = head.status?.conditions?.find((condition) => condition.type === "Ready");
  if (!ready) return { type, status: "False", reason: "Unknown", message: "" };
  if (ready.status === "True")
    return { type, status: "True", reason: ready.reason || "HeadPodRunningAndReady", message: ready.message ?? "" };
  const cause = ready.reason === "ContainersNotReady" ? containerReason(head) : {};
  const reason = [cause.reason, ready.reason].find((text) => text !== undefined && validReason.test(text)) ?? "Unknown";
  const message = cause.message ? `${ready.message ?? ""}; ${cause.message}` : (ready.message ?? "");
  return { type, status: ready.status, reason, message };
}

const failureReasons = new Set([
  "FailedDeleteAllPods",
  "FailedDeleteHeadPod",
  "FailedCreateHeadPod",
  "FailedDeleteWorkerPod",
  "FailedCreateWorkerPod",
]);

const suspendedMessage = "RayCluster has been suspended";

function suspension(list: readonly Condition[], { cluster, pods, now }: StatusInput): readonly Condition[] {
  const set = (from: readonly Condition[], type: string, on: boolean) =>
    setCondition(from, { type, status: on ? "True" : "False", reason: type, message: "" }, now);
  const isSuspending = isConditionTrue(list, types.suspending);
  const isSuspended = isConditionTrue(list, types.suspended);
  if (isSuspending && pods.length === 0) {
    const stopped = setCondition(
      list,
      {
        type: types.provisioned,
        status: "False",
        reason: "RayClusterPodsProvisioning",
        message: suspendedMessage,
      },
      now,
    );
    return set(set(stopped, types.suspended, true), types.suspending, false);
  }
  if (isSuspended) return cluster.spec.suspend === false ? set(list, types.suspended, false) : list;
  const begins = cluster.spec.suspend === true && !isSuspending;
  return set(set(list, types.suspended, false), types.suspending, isSuspending || begins);
}

function conditionsOf(input: StatusInput, head: Pod | undefined): readonly Condition[] {
  const { cluster, pods, failures, now } = input;
  let list = cluster.status?.conditions ?? [];
  const failure = failures.find(({ reason }) => failureReasons.has(reason));
  if (failure)
    list = setCondition(
      list,
      { type: types.replicaFailure, status: "True", reason: failure.reason, message: failure.message },
      now,
    );
  else if (failures.length === 0) list = removeCondition(list, types.replicaFailure);
  list = setCondition(list, headCondition(head), now);
  if (!isConditionTrue(list, types.provisioned)) {
    const isUpNow =
      pods.length > 0 && pods.every(isUp) && pods.length >= desiredWorkers(cluster.spec.workerGroupSpecs ?? []) + 1;
    list = isUpNow
      ? setCondition(
          list,
          {
            type: types.provisioned,
            status: "True",
            reason: "AllPodRunningAndReadyFirstTime",
            message: "All Ray Pods are ready for the first time",
          },
          now,
        )
      : setCondition(
          list,
          {
            type: types.provisioned,
            status: "False",
            reason: "RayClusterPodsProvisioning",
            message: isConditionTrue(list, types.suspended)
              ? suspendedMessage
              : "RayCluster Pods are being provisioned for first time",
          },
          now,
        );
  }
  return suspension(list, input);
}

function headInfo({ headService, pods }: StatusInput): HeadInfo {
  const head = pods.find(isHead);
  const { clusterIP } = headService?.spec ?? {};
  const podIP = head?.status?.podIP;
  const serviceIP = clusterIP === "None" ? podIP : clusterIP;
  return {
    ...(podIP && { podIP }),
    ...(head?.metadata.name && { podName: head.metadata.name }),
    ...(serviceIP && { serviceIP }),
    ...(headService?.metadata.name && { serviceName: headService.metadata.name }),
  };
}

/** Ports of the head Service by name: the node port where there is one. Entries are never taken away. */
function endpointsOf(before: StringMap | undefined, service: Service | undefined): StringMap | undefined {
  const named = (service?.spec.ports ?? []).filter((port) => port.name);
  const now = Object.fromEntries(
    named.map((port) => [port.name ?? "", String(port.nodePort || port.targetPort || port.port)]),
  );
  const all = { ...before, ...now };
  return Object.keys(all).length > 0 ? all : undefined;
}

function stateOf({ cluster, pods, failures, hasProblem }: StatusInput): RayClusterStatus["state"] {
  const wanted = desiredWorkers(cluster.spec.workerGroupSpecs ?? []) + 1;
  if (cluster.spec.suspend && pods.length === 0) return "suspended";
  if (!hasProblem && failures.length === 0 && pods.length === wanted && pods.every(isUp)) return "ready";
  return cluster.status?.state;
}

const orAbsent = (value: number) => (value === 0 ? undefined : value);

/** Times apart, the fields whose change is worth a write. */
function isSame(a: RayClusterStatus | undefined, b: RayClusterStatus): boolean {
  return deepEqual({ ...a, lastUpdateTime: undefined }, { ...b, lastUpdateTime: undefined });
}

export function deriveStatus(input: StatusInput): RayClusterStatus {
  const { cluster, pods, headService, options, now } = input;
  const before = cluster.status;
  const groups = cluster.spec.workerGroupSpecs ?? [];
  const workers = pods.filter(isWorker);
  const { min, max } = bounds(groups);
  const state = stateOf(input);
  const time = formatTime(now);
  const next: RayClusterStatus = {
    ...before,
    state,
    // A reason is what was wrong with the spec, and nothing is now.
    reason: undefined,
    desiredCPU: total(cluster, (name) => name === "cpu"),
    desiredMemory: total(cluster, (name) => name === "memory"),
    desiredGPU: total(cluster, isGpu),
    desiredTPU: total(cluster, (name) => name === "google.com/tpu"),
    desiredWorkerReplicas: orAbsent(desiredWorkers(groups)),
    availableWorkerReplicas: orAbsent(workers.filter(isRunning).length),
    readyWorkerReplicas: orAbsent(workers.filter((pod) => isRunning(pod) && isPodReady(pod)).length),
    minWorkerReplicas: orAbsent(min),
    maxWorkerReplicas: orAbsent(max),
    endpoints: endpointsOf(before?.endpoints, headService),
    head: headInfo(input),
    observedGeneration: cluster.metadata.generation,
    conditions: options.gates.RayClusterStatusConditions ? conditionsOf(input, pods.find(isHead)) : before?.conditions,
    stateTransitionTimes:
      state && state !== before?.state
        ? { ...before?.stateTransitionTimes, [state]: time }
        : before?.stateTransitionTimes,
  };
  return isSame(before, next) && before ? before : { ...next, lastUpdateTime: time };
}
