/** What the kubelet knows of a pod's containers between two looks: plain data, changed only through the functions here. */
import type { Container, ContainerStateTerminated, Pod, PodSpec } from "../../api/core/pod.ts";
import { formatTime } from "../../api/meta/condition.ts";

export type ContainerRun =
  | { readonly phase: "waiting"; readonly reason: string; readonly message?: string; readonly until?: number }
  | { readonly phase: "starting" }
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

/** First restarts come after 10 s, then twice as long each time, at most 5 minutes; a run of 10 minutes resets it. */
export const restartBackoff = { firstMs: 10_000, mostMs: 300_000, resetMs: 600_000 } as const;

export function backoffMs(crashes: number): number {
  return crashes <= 0 ? 0 : Math.min(restartBackoff.firstMs * 2 ** (crashes - 1), restartBackoff.mostMs);
}

export function withContainer(state: PodState, name: string, record: ContainerRecord): PodState {
  return { ...state, containers: { ...state.containers, [name]: record } };
}

/** The state to begin with: what the pod's status says, but nothing is running, for processes end with the kubelet. */
export function initialState(pod: Pod, now: Date): PodState {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const containers: Record<string, ContainerRecord> = {};
  for (const container of allContainers(pod.spec)) {
    const status = statuses.find((s) => s.name === container.name);
    const restarts = status?.restartCount ?? 0;
    const last = status?.lastState?.terminated;
    const { running, terminated } = status?.state ?? {};
    const record = { ...newRecord, restarts, last };
    if (terminated) containers[container.name] = { ...record, run: { phase: "exited", end: terminated } };
    else if (running) {
      const end: ContainerStateTerminated = {
        exitCode: 137,
        reason: "Error",
        message: "the local cluster stopped while it ran",
        startedAt: running.startedAt,
        finishedAt: formatTime(now),
      };
      containers[container.name] = { ...record, run: { phase: "exited", end } };
    } else containers[container.name] = record;
  }
  return { containers, sandbox: "none" };
}
