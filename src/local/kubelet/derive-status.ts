/** A pod's status from its spec and what its containers did. Pure; the one place where phase and conditions are decided. */
import type { Container, Pod, PodCondition, PodPhase, PodStatus } from "../../api/core/pod.ts";
import { formatTime } from "../../meta/condition.ts";
import { containerStatus } from "./container-status.ts";
import { anyActive, currentInit, initFailed, isOver, mainEnded } from "./plan-pod.ts";
import { type ContainerRecord, hasSucceeded, isSidecar, newRecord, type PodState } from "./state.ts";

const recordOf = (state: PodState, { name }: Container): ContainerRecord => state.containers[name] ?? newRecord;

const endPhase = (records: readonly ContainerRecord[]): PodPhase =>
  records.every(({ run }) => run.phase === "exited" && hasSucceeded(run.end)) ? "Succeeded" : "Failed";

/** A pod that has ended stays so; and none has ended while a process of it may still run. */
function phaseOf(pod: Pod, state: PodState): PodPhase {
  if (isOver(pod)) return pod.status?.phase as PodPhase;
  const records = pod.spec.containers.map((container) => recordOf(state, container));
  const active = anyActive(pod, state);
  if (!active && state.ending) return "Failed";
  if (!active && initFailed(pod, state)) return "Failed";
  const deleted = pod.metadata.deletionTimestamp && records.every(({ run }) => run.phase === "exited");
  if (!active && (deleted || mainEnded(pod, state))) return endPhase(records);
  if (currentInit(pod, state)) return "Pending";
  const begun = records.every(({ run, restarts }) => run.phase === "running" || run.phase === "exited" || restarts > 0);
  return begun ? "Running" : "Pending";
}

interface Fact {
  readonly type: string;
  readonly holds: boolean;
  readonly reason?: string;
  readonly message?: string;
}

/** The facts as conditions; others that the pod has (readiness gates, `PodScheduled`'s time) are kept. */
function conditionsOf(pod: Pod, facts: readonly Fact[], now: Date): readonly PodCondition[] {
  const old = pod.status?.conditions ?? [];
  const made = facts.map(({ type, holds, reason, message }): PodCondition => {
    const status = holds ? "True" : "False";
    const before = old.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : formatTime(now);
    return {
      type,
      status,
      lastProbeTime: null,
      lastTransitionTime,
      ...(reason && { reason }),
      ...(message && { message }),
    };
  });
  return [...made, ...old.filter((condition) => !facts.some((fact) => fact.type === condition.type))];
}

const listOf = (containers: readonly Container[]) => `[${containers.map(({ name }) => name).join(" ")}]`;

function readiness(pod: Pod, state: PodState, phase: PodPhase): Omit<Fact, "type"> {
  if (phase === "Succeeded") return { holds: false, reason: "PodCompleted" };
  if (phase === "Failed") return { holds: false, reason: "PodFailed" };
  const serving = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  const unready = serving.filter((container) => {
    const { run } = recordOf(state, container);
    return run.phase !== "running" || !run.ready;
  });
  if (unready.length === 0) return { holds: true };
  return {
    holds: false,
    reason: "ContainersNotReady",
    message: `containers with unready status: ${listOf(unready)}`,
  };
}

/** `Initialized`: every init container that runs to its end has succeeded, every sidecar has started. */
function initialized(pod: Pod, state: PodState, phase: PodPhase): Omit<Fact, "type"> {
  if (phase === "Succeeded") return { holds: true, reason: "PodCompleted" };
  const init = currentInit(pod, state);
  if (!init) return { holds: true };
  const inits = pod.spec.initContainers ?? [];
  const message = `containers with incomplete status: ${listOf(inits.slice(inits.indexOf(init)))}`;
  return { holds: false, reason: "ContainersNotInitialized", message };
}

/** Readiness gates are conditions that others set; the pod is ready only when all of them hold. */
function gated(pod: Pod, ready: Omit<Fact, "type">): Omit<Fact, "type"> {
  const { readinessGates = [] } = pod.spec as {
    readonly readinessGates?: readonly { readonly conditionType: string }[];
  };
  const closed = readinessGates.filter(
    ({ conditionType }) => !pod.status?.conditions?.some((c) => c.type === conditionType && c.status === "True"),
  );
  if (!ready.holds || closed.length === 0) return ready;
  const names = closed.map(
    ({ conditionType }) =>
      `corresponding condition of pod readiness gate "${conditionType}" does not exist or is not "True".`,
  );
  return { holds: false, reason: "ReadinessGatesNotReady", message: names.join(", ") };
}

/** Address of the node. */
export interface Addresses {
  readonly hostIp: string;
}

/** The whole status: what differs from the pod's own is to be written. */
export function derivePodStatus(pod: Pod, state: PodState, addresses: Addresses, now: Date): PodStatus {
  const phase = phaseOf(pod, state);
  const held = currentInit(pod, state) !== undefined;
  const ip = state.ip ?? pod.status?.podIP;
  const reason = state.ending?.reason ?? pod.status?.reason;
  const message =
    state.ending?.message ??
    (state.sandboxError || pod.status?.reason ? (state.sandboxError ?? pod.status?.message) : undefined);
  const ready = readiness(pod, state, phase);
  const facts: readonly Fact[] = [
    { type: "PodReadyToStartContainers", holds: state.sandbox === "ready" },
    { type: "Initialized", ...initialized(pod, state, phase) },
    { type: "Ready", ...gated(pod, ready) },
    { type: "ContainersReady", ...ready },
    { type: "PodScheduled", holds: true },
  ];
  const { initContainers, containers } = pod.spec;
  return {
    phase,
    conditions: conditionsOf(pod, facts, now),
    ...(reason && { reason }),
    ...(message && { message }),
    hostIP: addresses.hostIp,
    hostIPs: [{ ip: addresses.hostIp }],
    ...(ip && { podIP: ip, podIPs: [{ ip }] }),
    startTime: pod.status?.startTime ?? formatTime(now),
    ...(pod.status?.qosClass && { qosClass: pod.status.qosClass }),
    ...(initContainers?.length && {
      initContainerStatuses: initContainers.map((container) => containerStatus(pod, container, state, false)),
    }),
    containerStatuses: containers.map((container) => containerStatus(pod, container, state, held)),
  };
}
