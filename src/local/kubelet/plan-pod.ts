/**
 * What to do next for a pod: pure, from its spec, what its containers did so far, and the time. Init containers in
 * order, sidecars beside them, restarts by policy and back-off, deadlines, and the end.
 */
import type { Container, ContainerStateTerminated, Pod, RestartPolicy } from "../../api/core/pod.ts";
import { limitEnd } from "../../meta/sleeps.ts";
import {
  allContainers,
  backoffMs,
  type ContainerRecord,
  hasSucceeded,
  isSidecar,
  newRecord,
  type PodState,
} from "./state.ts";

export type Step =
  | { readonly do: "sandbox" }
  | { readonly do: "start"; readonly container: Container }
  /** Stop these: preStop, TERM, then KILL after the grace period. Those that are stopping already go on doing so. */
  | { readonly do: "stop"; readonly containers: readonly string[] }
  | { readonly do: "teardown" }
  /** Everything has ended and is cleaned up: the object may go. */
  | { readonly do: "remove" };

export interface PodPlan {
  readonly steps: readonly Step[];
  /** Requeue after this long. */
  readonly requeueAfterMs?: number;
}

const recordOf = (state: PodState, { name }: Container): ContainerRecord => state.containers[name] ?? newRecord;
const isActive = ({ run }: ContainerRecord) => run.phase === "running" || run.phase === "starting";
const isInit = (pod: Pod, container: Container) => pod.spec.initContainers?.includes(container) === true;

/** The policy that counts for a container; an init container that is no sidecar runs until it succeeds, or once. */
export function policyOf(pod: Pod, container: Container): RestartPolicy {
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
  return policy === "Always" && isInit(pod, container) && !isSidecar(container) ? "OnFailure" : policy;
}

/** Whether a container that ended is to be started again. */
export function restarts(policy: RestartPolicy, end: ContainerStateTerminated): boolean {
  return policy === "Always" || (policy === "OnFailure" && !hasSucceeded(end));
}

interface Want {
  readonly start?: Container;
  readonly requeueAfterMs?: number;
}

/** Start it now, later, or not. */
function wantRun(pod: Pod, container: Container, record: ContainerRecord, now: Date): Want {
  const { run } = record;
  if (isActive(record)) return {};
  if (run.phase === "exited" && !restarts(policyOf(pod, container), run.end)) return {};
  const from = run.phase === "exited" ? Date.parse(run.end.finishedAt ?? "") + backoffMs(record.crashes) : 0;
  const until = run.phase === "waiting" ? (run.until ?? 0) : from;
  const left = until - now.getTime();
  return left > 0 ? { requeueAfterMs: left } : { start: container };
}

/** A main container was started at some time. */
function hasBegun(pod: Pod, state: PodState): boolean {
  return pod.spec.containers.some((c) => recordOf(state, c).run.phase !== "waiting" || recordOf(state, c).restarts > 0);
}

/** The init container whose turn it is; undefined when all have passed. A sidecar that restarts later holds up nothing. */
export function currentInit(pod: Pod, state: PodState): Container | undefined {
  const begun = hasBegun(pod, state);
  return pod.spec.initContainers?.find((container) => {
    const { run } = recordOf(state, container);
    if (isSidecar(container)) return !begun && !(run.phase === "running" && run.started);
    return run.phase !== "exited" || !hasSucceeded(run.end);
  });
}

/** An init container failed for good: the pod has failed. */
export function initFailed(pod: Pod, state: PodState): boolean {
  const init = currentInit(pod, state);
  if (!init || isSidecar(init)) return false;
  const { run } = recordOf(state, init);
  return run.phase === "exited" && !restarts(policyOf(pod, init), run.end);
}

/** All main containers have ended and none comes back. */
export function mainEnded(pod: Pod, state: PodState): boolean {
  return pod.spec.containers.every((container) => {
    const { run } = recordOf(state, container);
    return run.phase === "exited" && !restarts(policyOf(pod, container), run.end);
  });
}

export function anyActive(pod: Pod, state: PodState): boolean {
  return allContainers(pod.spec).some((container) => isActive(recordOf(state, container)));
}

/** Sidecars outlive what they serve, and end in the reverse of the order they started in. */
function stopPlan(pod: Pod, state: PodState): PodPlan {
  const active = allContainers(pod.spec).filter((container) => isActive(recordOf(state, container)));
  const mains = active.filter((container) => !isInit(pod, container) || !isSidecar(container));
  const next = mains.length > 0 ? mains : active.slice(-1);
  return { steps: [{ do: "stop", containers: next.map(({ name }) => name) }] };
}

function endPlan(pod: Pod, state: PodState): PodPlan {
  if (anyActive(pod, state)) return stopPlan(pod, state);
  if (state.sandbox === "starting") return { steps: [] };
  if (state.sandbox === "ready") return { steps: [{ do: "teardown" }] };
  return { steps: pod.metadata.deletionTimestamp ? [{ do: "remove" }] : [] };
}

/** The containers that should be running now: sidecars whose turn came, and the current init container or the main ones. */
function turnOf(pod: Pod, state: PodState): readonly Container[] {
  const inits = pod.spec.initContainers ?? [];
  const init = currentInit(pod, state);
  const passed = init ? inits.slice(0, inits.indexOf(init)) : inits;
  return [...passed.filter(isSidecar), ...(init ? [init] : pod.spec.containers)];
}

/** `requeueAfterMs` covers back-offs and the deadline; everything else that matters requeues by itself. */
export function planPod(pod: Pod, state: PodState, now: Date): PodPlan {
  const over = state.ending || isOver(pod) || initFailed(pod, state) || mainEnded(pod, state);
  if (pod.metadata.deletionTimestamp || over) return endPlan(pod, state);
  const deadline = deadlineLeft(pod, now);
  const wants: readonly Want[] =
    state.sandbox === "ready" ? turnOf(pod, state).map((c) => wantRun(pod, c, recordOf(state, c), now)) : [];
  const starts = wants.flatMap(({ start }) => (start ? [{ do: "start" as const, container: start }] : []));
  const delays = [...wants.map((want) => want.requeueAfterMs), deadline].filter((ms) => ms !== undefined);
  return {
    steps: state.sandbox === "none" ? [{ do: "sandbox" }] : starts,
    ...(delays.length > 0 && { requeueAfterMs: Math.min(...delays) }),
  };
}

export const isOver = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** Milliseconds until `activeDeadlineSeconds` have passed since the pod started; undefined without one. */
export function deadlineLeft(pod: Pod, now: Date): number | undefined {
  const { activeDeadlineSeconds } = pod.spec;
  const { startTime } = pod.status ?? {};
  if (activeDeadlineSeconds === undefined || !startTime) return undefined;
  return Math.max(0, limitEnd({ of: pod, start: startTime, seconds: activeDeadlineSeconds }, now) - now.getTime());
}
