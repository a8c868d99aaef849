/** Pods as a table, a line each: those that do not run well first, and no more of them than a person reads. Pure but for colours. */
import type { ContainerStatus, Pod } from "../../api/core/pod.ts";
import { nameOf, roleOf } from "../experiments/find.ts";
import { type Io, paint } from "../program/io.ts";
import { explainPod } from "../why/explain-pod.ts";
import { brief } from "../why/render.ts";
import { formatColumns } from "./columns.ts";

const most = 40;
/** Of more pods than that, only as many as show what is wrong. */
const mostOfMany = 20;

function containerText(status: ContainerStatus): string {
  const { waiting, running, terminated } = status.state ?? {};
  if (running) return `${status.name} Running`;
  if (terminated) return `${status.name} Terminated (${terminated.reason ?? ""} ${terminated.exitCode})`;
  return `${status.name} Waiting${waiting?.reason ? ` (${waiting.reason})` : ""}`;
}

/** Containers that accompany the program from its start, such as TensorBoard: not the experiment's own, and marked so. */
function sidecarTexts({ spec, status }: Pod): readonly string[] {
  const names = (spec.initContainers ?? [])
    .filter(({ restartPolicy }) => restartPolicy === "Always")
    .map(({ name }) => name);
  const statuses = (status?.initContainerStatuses ?? []).filter(({ name }) => names.includes(name));
  return statuses.map((one) => `${containerText(one)} (sidecar)`);
}

function podRow(io: Io, pod: Pod): string[] {
  const statuses = pod.status?.containerStatuses ?? [];
  const finding = explainPod(pod);
  return [
    nameOf(pod),
    roleOf(pod),
    pod.spec.nodeName ?? "",
    pod.status?.phase ?? "Pending",
    String(statuses.reduce((sum, status) => sum + status.restartCount, 0)),
    [...statuses.map(containerText), ...sidecarTexts(pod)].join(", "),
    finding ? paint(io, "dim", brief(finding)) : "",
  ];
}

function shownOf(pods: readonly Pod[]): readonly Pod[] {
  if (pods.length <= most) return pods;
  const attention = (pod: Pod) => (pod.status?.phase === "Failed" ? 0 : explainPod(pod) ? 1 : 2);
  return pods.toSorted((a, b) => attention(a) - attention(b)).slice(0, mostOfMany);
}

/** Empty for no pods. */
export function drawPodTable(io: Io, pods: readonly Pod[]): string {
  if (pods.length === 0) return "";
  const shown = shownOf(pods);
  const headings = ["POD", "PART", "NODE", "STATUS", "RESTARTS", "CONTAINERS", "WHY"];
  const table = formatColumns(
    headings,
    shown.map((pod) => podRow(io, pod)),
  );
  const left = pods.length - shown.length;
  return left > 0 ? `${table}\n… and ${left} more pods (--output json shows all)` : table;
}
