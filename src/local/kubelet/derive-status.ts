/** A pod's status from its spec and what its containers did. Pure; the one place where phase and conditions are decided. */
import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
  PodPhase,
  PodStatus,
} from "../../api/core/pod.ts";
import { formatTime } from "../../api/meta/condition.ts";
import { currentInit, initFailed, mainEnded, restarts } from "./plan-pod.ts";
import { backoffMs, type ContainerRecord, isSidecar, newRecord, type PodState } from "./state.ts";

const recordOf = (state: PodState, { name }: Container): ContainerRecord => state.containers[name] ?? newRecord;

function stateOf(pod: Pod, container: Container, record: ContainerRecord, held: boolean): ContainerState {
  const { run } = record;
  switch (run.phase) {
    case "running":
      return { running: { startedAt: run.startedAt } };
    case "starting":
      return { waiting: { reason: "ContainerCreating" } };
    case "waiting":
      if (held && run.reason === "ContainerCreating") return { waiting: { reason: "PodInitializing" } };
      return { waiting: { reason: run.reason, ...(run.message && { message: run.message }) } };
    case "exited": {
      const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
      const isPlainInit = pod.spec.initContainers?.includes(container) && !isSidecar(container);
      const again = isPlainInit ? run.end.exitCode !== 0 && policy !== "Never" : restarts(policy, run.end.exitCode);
      if (!again || pod.metadata.deletionTimestamp || record.crashes < 2) return { terminated: run.end };
      const seconds = backoffMs(record.crashes) / 1000;
      const message = `back-off ${seconds >= 60 ? `${Math.floor(seconds / 60)}m${seconds % 60}s` : `${seconds}s`} restarting failed container=${container.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
      return { waiting: { reason: "CrashLoopBackOff", message } };
    }
  }
}

function containerStatus(pod: Pod, container: Container, state: PodState, held: boolean): ContainerStatus {
  const record = recordOf(state, container);
  const { run } = record;
  const current = stateOf(pod, container, record, held);
  const crashed = current.waiting?.reason === "CrashLoopBackOff" && run.phase === "exited" ? run.end : undefined;
  const last = crashed ?? record.last;
  const isInit = pod.spec.initContainers?.includes(container) === true && !isSidecar(container);
  const ready = isInit ? run.phase === "exited" && run.end.exitCode === 0 : run.phase === "running" && run.ready;
  return {
    name: container.name,
    image: container.image ?? "",
    imageID: record.imageId ?? "",
    ...(run.phase !== "waiting" && {
      containerID: `process://${pod.metadata.uid}/${container.name}/${record.restarts}`,
    }),
    ready,
    started: run.phase === "running" && run.started,
    restartCount: record.restarts,
    state: current,
    lastState: last ? { terminated: last } : {},
  };
}

function phaseOf(pod: Pod, state: PodState): PodPhase {
  const before = pod.status?.phase;
  if (before === "Succeeded" || before === "Failed") return before;
  const records = pod.spec.containers.map((container) => recordOf(state, container));
  const settled = records.every(({ run }) => run.phase === "exited" || run.phase === "waiting");
  if (state.ending && !pod.metadata.deletionTimestamp && settled) return "Failed";
  if (initFailed(pod, state)) return "Failed";
  if (pod.metadata.deletionTimestamp && records.every(({ run }) => run.phase === "exited")) return endPhase(records);
  if (mainEnded(pod, state)) return endPhase(records);
  if (currentInit(pod, state)) return "Pending";
  const begun = records.every(
    ({ run, restarts: count }) => run.phase === "running" || run.phase === "exited" || count > 0,
  );
  return begun ? "Running" : "Pending";
}

const endPhase = (records: readonly ContainerRecord[]): PodPhase =>
  records.every(({ run }) => run.phase === "exited" && run.end.exitCode === 0) ? "Succeeded" : "Failed";

interface ConditionInput {
  readonly type: string;
  readonly holds: boolean;
  readonly reason?: string;
  readonly message?: string;
}

function conditionsOf(pod: Pod, inputs: readonly ConditionInput[], now: Date): readonly PodCondition[] {
  const old = pod.status?.conditions ?? [];
  const made = inputs.map(({ type, holds, reason, message }): PodCondition => {
    const status = holds ? "True" : "False";
    const before = old.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : formatTime(now);
    return {
      type,
      status,
      lastProbeTime: null,
      lastTransitionTime,
      ...(!holds && reason && { reason }),
      ...(!holds && message && { message }),
    };
  });
  const others = old.filter((condition) => !inputs.some((input) => input.type === condition.type));
  return [...made, ...others];
}

const listOf = (names: readonly string[]) => `[${names.join(" ")}]`;

function readiness(pod: Pod, state: PodState, phase: PodPhase): readonly ConditionInput[] {
  const init = currentInit(pod, state);
  const incomplete = (pod.spec.initContainers ?? [])
    .filter((c) => !isSidecar(c) && !(recordOf(state, c).run.phase === "exited"))
    .map((c) => c.name);
  const unready = pod.spec.containers
    .filter((container) => {
      const { run } = recordOf(state, container);
      return !(run.phase === "running" && run.ready);
    })
    .map((container) => container.name);
  const over = phase === "Succeeded" || phase === "Failed";
  const reason = over ? (phase === "Succeeded" ? "PodCompleted" : "PodFailed") : "ContainersNotReady";
  const message = over ? undefined : `containers with unready status: ${listOf(unready)}`;
  const ready = !over && unready.length === 0 && !init;
  const gone = state.sandbox !== "ready";
  return [
    { type: "PodReadyToStartContainers", holds: !gone },
    {
      type: "Initialized",
      holds: !init || phase === "Succeeded",
      reason: "ContainersNotInitialized",
      message: `containers with incomplete status: ${listOf(incomplete)}`,
    },
    { type: "Ready", holds: ready && !state.ending, reason, message },
    { type: "ContainersReady", holds: ready, reason, message },
    { type: "PodScheduled", holds: true },
  ];
}

/** Address of the node, and the pod's own. */
export interface Addresses {
  readonly hostIp: string;
}

export function derivePodStatus(pod: Pod, state: PodState, addresses: Addresses, now: Date): PodStatus {
  const phase = phaseOf(pod, state);
  const held = currentInit(pod, state) !== undefined;
  const ip = state.ip ?? pod.status?.podIP;
  const { reason = pod.status?.reason, message = pod.status?.message } = state.ending ?? {};
  const { initContainers } = pod.spec;
  return {
    phase,
    conditions: conditionsOf(pod, readiness(pod, state, phase), now),
    ...(reason && { reason }),
    ...((message ?? state.sandboxError) && { message: message ?? state.sandboxError }),
    hostIP: addresses.hostIp,
    hostIPs: [{ ip: addresses.hostIp }],
    ...(ip && { podIP: ip, podIPs: [{ ip }] }),
    startTime: pod.status?.startTime ?? formatTime(now),
    qosClass: pod.status?.qosClass,
    ...(initContainers && {
      initContainerStatuses: initContainers.map((container) => containerStatus(pod, container, state, false)),
    }),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(pod, container, state, held)),
  };
}
