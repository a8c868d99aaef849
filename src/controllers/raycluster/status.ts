/** The status of a RayCluster, derived in one place from its pods and Service. Pure. */
import { isPodReady } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import { formatTime } from "../../meta/condition.ts";
import type { HeadInfo, RayClusterStatus, StringMap } from "../../api/ray/types.ts";
import { deepEqual } from "../../machinery/deep-equal.ts";
import { type ConditionInput, deriveConditions } from "./conditions.ts";
import { desiredWorkers, isHead, isRunning, isUp, isWorker } from "./pod-state.ts";
import { totals, workerBounds } from "./totals.ts";

export interface StatusInput extends ConditionInput {
  readonly headService?: Service;
  /** Unhealthy pods were found or a rule was broken: the cluster cannot become ready in this reconcile. */
  readonly hasProblem: boolean;
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
  const workers = pods.filter(isWorker);
  const { min, max } = workerBounds(cluster);
  const state = stateOf(input);
  const time = formatTime(now);
  const next: RayClusterStatus = {
    ...before,
    state,
    // A reason is what was wrong with the spec, and nothing is now.
    reason: undefined,
    ...totals(cluster),
    desiredWorkerReplicas: orAbsent(desiredWorkers(cluster.spec.workerGroupSpecs ?? [])),
    availableWorkerReplicas: orAbsent(workers.filter(isRunning).length),
    readyWorkerReplicas: orAbsent(workers.filter((pod) => isRunning(pod) && isPodReady(pod)).length),
    minWorkerReplicas: orAbsent(min),
    maxWorkerReplicas: orAbsent(max),
    endpoints: endpointsOf(before?.endpoints, headService),
    head: headInfo(input),
    observedGeneration: cluster.metadata.generation,
    conditions: options.gates.RayClusterStatusConditions ? deriveConditions(input) : before?.conditions,
    stateTransitionTimes:
      state && state !== before?.state
        ? { ...before?.stateTransitionTimes, [state]: time }
        : before?.stateTransitionTimes,
  };
  return isSame(before, next) && before ? before : { ...next, lastUpdateTime: time };
}
