/** What the kubelet knows of a pod's containers between two looks: plain data, changed only through the functions here. */
import type { Container, ContainerStateTerminated, ContainerStatus, Pod, PodSpec } from "../../api/core/pod.ts";
import { formatTime } from "../../meta/condition.ts";

export type ContainerRun =
  | { readonly phase: "waiting"; readonly reason: string; readonly message?: string; readonly until?: number }
  | { readonly phase: "starting"; readonly reason: string; readonly message?: string }
  | { readonly phase: "running"; readonly startedAt: string; readonly started: boolean; readonly ready: boolean }
  | { readonly phase: "exited"; readonly end: ContainerStateTerminated };

export interface ContainerRecord {
  readonly run: ContainerRun;
  readonly restarts: number;
  readonly last?: ContainerStateTerminated;
  readonly imageId?: string;
  /** Consecutive quick ends, for the restart back-off. */
  readonly crashes: number;
}

export interface PodState {
  readonly containers: Readonly<Record<string, ContainerRecord>>;
  readonly sandbox: "none" | "starting" | "ready" | "gone";
  readonly ip?: string;
  /** Why the sandbox cannot be made. */
  readonly sandboxError?: string;
  /** Set when the pod is to end: deleted, past its deadline. */
  readonly ending?: { readonly reason?: string; readonly message?: string };
}

export const newRecord: ContainerRecord = {
  run: { phase: "waiting", reason: "ContainerCreating" },
  restarts: 0,
  crashes: 0,
};

export const allContainers = (spec: PodSpec): readonly Container[] => [
  ...(spec.initContainers ?? []),
  ...spec.containers,
];

/** An init container that goes on beside the main ones. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === "Always";

/** The first restart comes at once, the next after 10 s, then twice as long each time; a run of 10 minutes resets it. */
const restartBackoff = { firstMs: 10_000, mostMs: 300_000, resetMs: 600_000 } as const;

/** How long after its latest end a container is started again; `crashes` counts ends in a row. */
export function backoffMs(crashes: number): number {
  return crashes <= 1 ? 0 : Math.min(restartBackoff.firstMs * 2 ** (crashes - 2), restartBackoff.mostMs);
}

/** The record after its run ended. */
export function ended(record: ContainerRecord, end: ContainerStateTerminated): ContainerRecord {
  const ranMs = Date.parse(end.finishedAt ?? "") - Date.parse(end.startedAt ?? "");
  return {
    ...record,
    run: { phase: "exited", end },
    crashes: ranMs >= restartBackoff.resetMs ? 1 : record.crashes + 1,
  };
}

/** The record once a start is under way: an earlier run becomes the last one, an earlier reason to wait stays. */
export function starting(record: ContainerRecord): ContainerRecord {
  const { run } = record;
  if (run.phase === "waiting")
    return { ...record, run: { phase: "starting", reason: run.reason, message: run.message } };
  const next: ContainerRecord = { ...record, run: { phase: "starting", reason: "ContainerCreating" } };
  return run.phase === "exited" ? { ...next, last: run.end, restarts: record.restarts + 1 } : next;
}

/** A sandbox made anew: what init containers prepared in the old one is gone, so they run again. */
export function withNewSandbox(state: PodState, pod: Pod, ip: string): PodState {
  let next: PodState = { ...state, sandbox: "ready", ip, sandboxError: undefined };
  for (const { name, restartPolicy } of pod.spec.initContainers ?? []) {
    const record = state.containers[name];
    if (restartPolicy === "Always" || record?.run.phase !== "exited" || !hasSucceeded(record.run.end)) continue;
    const again = { ...record, run: newRecord.run, last: record.run.end, restarts: record.restarts + 1 };
    next = withContainer(next, name, again);
  }
  return next;
}

export function withContainer(state: PodState, name: string, record: ContainerRecord): PodState {
  return { ...state, containers: { ...state.containers, [name]: record } };
}

/** Of a container that was ended with the cluster: whatever its exit code, it has not done what it was to do. */
export const lostMessage = "the local cluster stopped while it ran";

export const hasSucceeded = ({ exitCode, message }: ContainerStateTerminated): boolean =>
  exitCode === 0 && message !== lostMessage;

/** A container as its status left it: what was running was ended with the kubelet, and says so. */
function recordFrom(status: ContainerStatus | undefined, now: Date): ContainerRecord {
  const { restartCount: restarts = 0, state, lastState, imageID: imageId } = status ?? {};
  const record = { ...newRecord, restarts, last: lastState?.terminated, ...(imageId && { imageId }) };
  if (state?.terminated) return { ...record, run: { phase: "exited", end: state.terminated } };
  if (state?.running) {
    const times = { startedAt: state.running.startedAt, finishedAt: formatTime(now) };
    return {
      ...record,
      run: { phase: "exited", end: { exitCode: 137, reason: "Error", message: lostMessage, ...times } },
    };
  }
  const crashed = state?.waiting?.reason === "CrashLoopBackOff" ? lastState?.terminated : undefined;
  return crashed ? { ...record, run: { phase: "exited", end: crashed }, last: undefined } : record;
}

/** The state to begin with: what the pod's status says, but nothing is running, for processes end with the kubelet. */
export function initialState(pod: Pod, now: Date): PodState {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const records = allContainers(pod.spec).map(({ name }) => {
    const status = statuses.find((candidate) => candidate.name === name);
    return [name, recordFrom(status, now)] as const;
  });
  return { containers: Object.fromEntries(records), sandbox: "none" };
}
