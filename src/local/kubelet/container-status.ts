/** One container's entry in a pod's status. Pure. */
import type { Container, ContainerState, ContainerStatus, Pod } from "../../api/core/pod.ts";
import { policyOf, restarts } from "./plan-pod.ts";
import { backoffMs, type ContainerRecord, hasSucceeded, isSidecar, newRecord, type PodState } from "./state.ts";

const formatSeconds = (seconds: number) =>
  seconds >= 60 ? `${Math.floor(seconds / 60)}m${seconds % 60}s` : `${seconds}s`;

/** Waiting for its next start after a crash: `CrashLoopBackOff` in the words of Kubernetes; undefined when it is not. */
function crashLoop(pod: Pod, container: Container, record: ContainerRecord): ContainerState | undefined {
  const { run, crashes } = record;
  if (run.phase !== "exited" || pod.metadata.deletionTimestamp) return undefined;
  if (backoffMs(crashes) === 0 || !restarts(policyOf(pod, container), run.end)) return undefined;
  const { name, namespace, uid } = pod.metadata;
  const message = `back-off ${formatSeconds(backoffMs(crashes) / 1000)} restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
  return { waiting: { reason: "CrashLoopBackOff", message } };
}

function stateOf({ run }: ContainerRecord, held: boolean): ContainerState {
  if (run.phase === "running") return { running: { startedAt: run.startedAt } };
  if (run.phase === "exited") return { terminated: run.end };
  if (held && run.reason === "ContainerCreating") return { waiting: { reason: "PodInitializing" } };
  return { waiting: { reason: run.reason, ...(run.message && { message: run.message }) } };
}

/** `held`: the container may not start before init containers have passed. */
export function containerStatus(pod: Pod, container: Container, state: PodState, held: boolean): ContainerStatus {
  const record = state.containers[container.name] ?? newRecord;
  const { run, restarts: restartCount, imageId = "" } = record;
  const loop = state.ending ? undefined : crashLoop(pod, container, record);
  const last = loop && run.phase === "exited" ? run.end : record.last;
  const isPlainInit = pod.spec.initContainers?.includes(container) === true && !isSidecar(container);
  const hasRun = run.phase === "running" || run.phase === "exited";
  return {
    name: container.name,
    image: container.image ?? "",
    imageID: imageId,
    ...(hasRun && { containerID: containerId(pod, container.name, restartCount) }),
    ready: isPlainInit ? run.phase === "exited" && hasSucceeded(run.end) : run.phase === "running" && run.ready,
    started: run.phase === "running" && run.started,
    restartCount,
    state: loop ?? stateOf(record, held),
    lastState: last ? { terminated: last } : {},
  };
}

/** Names one run of a container. */
export const containerId = (pod: Pod, container: string, run: number): string =>
  `process://${pod.metadata.uid}/${container}/${run}`;
