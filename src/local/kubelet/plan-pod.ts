/**
 * What to do next for a pod: pure, from its spec, what its containers did so far, and the time. Init containers in
 * order, sidecars beside them, restarts by policy and back-off, deadlines, and the end.
 */
import type { Container, Pod, RestartPolicy } from "../../api/core/pod.ts";
import { allContainers, backoffMs, type ContainerRecord, isSidecar, newRecord, type PodState } from "./state.ts";

export type Step =
  | { readonly do: "sandbox" }
  | { readonly do: "start"; readonly container: Container }
  /** Stop every container: preStop, TERM, then KILL after the grace period. */
  | { readonly do: "stop-all"; readonly reason?: string }
  | { readonly do: "teardown" }
  /** Everything has ended and is cleaned up: the object may go. */
  | { readonly do: "remove" };

export interface PodPlan {
  readonly steps: readonly Step[];
  /** Look again after this long. */
  readonly wakeAfterMs?: number;
}

const policyOf = (pod: Pod, container: Container): RestartPolicy =>
  container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";

/** Whether a container that ended is to be started again. */
export function restarts(policy: RestartPolicy, exitCode: number): boolean {
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

const isRunning = ({ run }: ContainerRecord) => run.phase === "running" || run.phase === "starting";
const recordOf = (state: PodState, { name }: Container): ContainerRecord => state.containers[name] ?? newRecord;

interface Want {
  readonly start?: Container;
  readonly wakeAfterMs?: number;
}

/** Start it now, later, or not. */
function wantRun(pod: Pod, container: Container, record: ContainerRecord, now: Date): Want {
  const { run } = record;
  if (run.phase === "running" || run.phase === "starting") return {};
  if (run.phase === "waiting") {
    const left = (run.until ?? 0) - now.getTime();
    return left > 0 ? { wakeAfterMs: left } : { start: container };
  }
  const isInit = pod.spec.initContainers?.includes(container) === true;
  // An init container runs until it succeeds, unless nothing in the pod is ever restarted.
  const policy =
    isInit && !isSidecar(container)
      ? pod.spec.restartPolicy === "Never"
        ? "Never"
        : "OnFailure"
      : policyOf(pod, container);
  if (!restarts(policy, run.end.exitCode)) return {};
  const left = Date.parse(run.end.finishedAt ?? "") + backoffMs(record.crashes) - now.getTime();
  return left > 0 ? { wakeAfterMs: left } : { start: container };
}

/** Whether an init container lets the next one begin. */
function isPassed(container: Container, { run }: ContainerRecord): boolean {
  if (isSidecar(container)) return run.phase === "running" && run.started;
  return run.phase === "exited" && run.end.exitCode === 0;
}

/** The init container whose turn it is; undefined when all have passed. */
export function currentInit(pod: Pod, state: PodState): Container | undefined {
  return pod.spec.initContainers?.find((container) => !isPassed(container, recordOf(state, container)));
}

/** An init container failed for good: the pod has failed. */
export function initFailed(pod: Pod, state: PodState): boolean {
  if (pod.spec.restartPolicy !== "Never") return false;
  const init = currentInit(pod, state);
  if (!init || isSidecar(init)) return false;
  const { run } = recordOf(state, init);
  return run.phase === "exited" && run.end.exitCode !== 0;
}

/** All main containers have ended and none comes back. */
export function mainEnded(pod: Pod, state: PodState): boolean {
  return pod.spec.containers.every((container) => {
    const { run } = recordOf(state, container);
    return run.phase === "exited" && !restarts(policyOf(pod, container), run.end.exitCode);
  });
}

export function anyRunning(pod: Pod, state: PodState): boolean {
  return allContainers(pod.spec).some((container) => isRunning(recordOf(state, container)));
}

function combine(wants: readonly Want[], wake?: number): PodPlan {
  const delays = [...wants.map((want) => want.wakeAfterMs), wake].filter((ms) => ms !== undefined);
  return {
    steps: wants.flatMap(({ start }) => (start ? [{ do: "start" as const, container: start }] : [])),
    ...(delays.length > 0 && { wakeAfterMs: Math.min(...delays) }),
  };
}

function endPlan(pod: Pod, state: PodState): PodPlan {
  if (anyRunning(pod, state)) return { steps: [{ do: "stop-all", reason: state.ending?.reason }] };
  if (state.sandbox === "ready" || state.sandbox === "starting") return { steps: [{ do: "teardown" }] };
  return { steps: pod.metadata.deletionTimestamp ? [{ do: "remove" }] : [] };
}

export function planPod(pod: Pod, state: PodState, now: Date): PodPlan {
  if (pod.metadata.deletionTimestamp || state.ending) return endPlan(pod, state);
  if (isOver(pod)) return endPlan(pod, state);
  if (initFailed(pod, state) || mainEnded(pod, state)) return endPlan(pod, state);
  const deadline = deadlineLeft(pod, now);
  if (state.sandbox !== "ready")
    return { steps: state.sandbox === "none" ? [{ do: "sandbox" }] : [], wakeAfterMs: deadline };
  const passed = pod.spec.initContainers?.filter((container) => isSidecar(container)) ?? [];
  const init = currentInit(pod, state);
  const sidecars = passed.filter((container) => !init || isBefore(pod, container, init));
  const turn = init ? [...sidecars, init] : [...sidecars, ...pod.spec.containers];
  return combine(
    turn.map((container) => wantRun(pod, container, recordOf(state, container), now)),
    deadline,
  );
}

const isOver = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

function isBefore(pod: Pod, a: Container, b: Container): boolean {
  const list = pod.spec.initContainers ?? [];
  return list.indexOf(a) < list.indexOf(b);
}

/** Milliseconds until `activeDeadlineSeconds` have passed since the pod started; undefined without one. */
export function deadlineLeft(pod: Pod, now: Date): number | undefined {
  const { activeDeadlineSeconds } = pod.spec;
  const { startTime } = pod.status ?? {};
  if (activeDeadlineSeconds === undefined || !startTime) return undefined;
  return Math.max(0, Date.parse(startTime) + activeDeadlineSeconds * 1000 - now.getTime());
}
