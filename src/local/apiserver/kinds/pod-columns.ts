/** What `kubectl get pods` shows. */
import type { ContainerStatus, Pod } from "../../../api/core/pod.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import type { Column } from "./registry.ts";
import { ageColumn, column, nameColumn, shortAge, wide } from "./column.ts";

const asPod = (object: UnknownObject): Pod => object as unknown as Pod;

const isSidecar = (pod: Pod, index: number): boolean => pod.spec.initContainers?.[index]?.restartPolicy === "Always";

/** The state of the init containers, while they are what a pod waits for. */
function initText(pod: Pod): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [index, { state = {}, started }] of statuses.entries()) {
    const { terminated, waiting } = state;
    if (terminated?.exitCode === 0 || (isSidecar(pod, index) && started)) continue;
    if (terminated) {
      const { reason, signal, exitCode } = terminated;
      return `Init:${reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)}`;
    }
    if (waiting?.reason && waiting.reason !== "PodInitializing") return `Init:${waiting.reason}`;
    return `Init:${index}/${pod.spec.initContainers?.length ?? 0}`;
  }
  return undefined;
}

function containerText(statuses: readonly ContainerStatus[], fallback: string): string {
  let text = fallback;
  let isRunning = false;
  for (const { state = {}, ready } of statuses.toReversed()) {
    const { waiting, terminated, running } = state;
    if (waiting?.reason) text = waiting.reason;
    else if (terminated?.reason) text = terminated.reason;
    else if (terminated) text = terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
    else if (ready && running) isRunning = true;
  }
  if (text !== "Completed" || !isRunning) return text;
  return "Running";
}

/** The most telling word of a pod's status: a container's reason, else the pod's, else its phase. */
function podStatusText(pod: Pod): string {
  const { phase = "Unknown", reason, conditions, containerStatuses = [] } = pod.status ?? {};
  const isGated = conditions?.some((c) => c.type === "PodScheduled" && c.reason === "SchedulingGated");
  const text = initText(pod) ?? containerText(containerStatuses, isGated ? "SchedulingGated" : (reason ?? phase));
  if (!pod.metadata.deletionTimestamp) return text;
  const isOver = phase === "Succeeded" || phase === "Failed";
  return reason === "NodeLost" ? "Unknown" : isOver ? text : "Terminating";
}

/** Sidecars count like containers. */
function countedStatuses(pod: Pod): readonly ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const sidecars = initContainerStatuses.filter((_, index) => isSidecar(pod, index));
  return [...sidecars, ...containerStatuses];
}

function readyText(object: UnknownObject): string {
  const pod = asPod(object);
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always").length;
  const ready = countedStatuses(pod).filter((status) => status.ready).length;
  return `${ready}/${(pod.spec.containers?.length ?? 0) + sidecars}`;
}

function restartsText(object: UnknownObject, now: Date): string {
  const statuses = countedStatuses(asPod(object));
  const count = statuses.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0);
  const times = statuses.flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? []).sort();
  return count > 0 && times.length > 0 ? `${count} (${shortAge(times.at(-1), now)} ago)` : String(count);
}

const gates = (object: UnknownObject): string => {
  const all = (asPod(object).spec as { readinessGates?: readonly { conditionType: string }[] }).readinessGates ?? [];
  const met = all.filter(({ conditionType }) =>
    asPod(object).status?.conditions?.some((c) => c.type === conditionType && c.status === "True"),
  );
  return all.length === 0 ? "<none>" : `${met.length}/${all.length}`;
};

export const podColumns: readonly Column[] = [
  nameColumn,
  column("Ready", readyText),
  column("Status", (object) => podStatusText(asPod(object))),
  column("Restarts", restartsText),
  ageColumn,
  wide("IP", (object) => asPod(object).status?.podIP || "<none>"),
  wide("Node", (object) => asPod(object).spec.nodeName || "<none>"),
  wide("Nominated Node", () => "<none>"),
  wide("Readiness Gates", gates),
];
