/** The columns that `kubectl get` shows for built-in kinds. Pure. */
import type { Job } from "../../api/batch/job.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import type { UnknownObject } from "../../api/meta/object.ts";
import { formatAge } from "../../machinery/duration.ts";
import { type Column, valueAtPath } from "./resource.ts";

type Value = Column["value"];

const column = (name: string, value: Value, more: Partial<Column> = {}): Column => ({ name, type: "string", value, ...more });
const at =
  (path: string): Value =>
  (object) =>
    valueAtPath(object, path) ?? "<none>";
const wide = { priority: 1 } as const;

export function ageOf(time: unknown, now: Date): string {
  return typeof time === "string" ? formatAge(now.getTime() - Date.parse(time)) : "<unknown>";
}

export const nameColumn = column("Name", (object) => object.metadata.name, { format: "name" });
export const ageColumn = column("Age", (object, now) => ageOf(object.metadata.creationTimestamp, now));

const asPod = (object: UnknownObject) => object as unknown as Pod;

/** The word kubectl shows for a pod: its most telling reason, else its phase. */
export function podStatusText(pod: Pod): string {
  const { phase = "Pending", reason, initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  if (pod.metadata.deletionTimestamp) return "Terminating";
  const gated = pod.status?.conditions?.find((c) => c.type === "PodScheduled" && c.reason === "SchedulingGated");
  if (gated) return "SchedulingGated";
  let text: string = reason ?? phase;
  const total = initContainerStatuses.length;
  for (const [index, status] of initContainerStatuses.entries()) {
    const { terminated, waiting } = status.state ?? {};
    const isSidecar = pod.spec.initContainers?.[index]?.restartPolicy === "Always";
    if (terminated?.exitCode === 0 || (isSidecar && status.started)) continue;
    if (terminated) return `Init:${terminated.reason || `ExitCode:${terminated.exitCode}`}`;
    if (waiting?.reason && waiting.reason !== "PodInitializing") return `Init:${waiting.reason}`;
    return `Init:${index}/${total}`;
  }
  for (const { state } of containerStatuses) {
    if (state?.waiting?.reason) text = state.waiting.reason;
    else if (state?.terminated) text = state.terminated.reason || `ExitCode:${state.terminated.exitCode}`;
  }
  const isRunning = containerStatuses.some(({ state, ready }) => state?.running && ready);
  return text === "Completed" && isRunning ? "Running" : text;
}

const ready: Value = (object) => {
  const { spec, status } = asPod(object);
  return `${status?.containerStatuses?.filter((s) => s.ready).length ?? 0}/${spec.containers.length}`;
};
const restarts: Value = (object) =>
  String([...(asPod(object).status?.containerStatuses ?? [])].reduce((sum, s) => sum + s.restartCount, 0));

function servicePorts(object: UnknownObject): string {
  const ports = (object as unknown as Service).spec.ports ?? [];
  return ports.map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ""}/${p.protocol ?? "TCP"}`).join(",") || "<none>";
}

const selectorText: Value = (object) =>
  Object.entries((object as unknown as Service).spec.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",") || "<none>";

function jobDuration(object: UnknownObject, now: Date): string {
  const { startTime, completionTime } = (object as unknown as Job).status ?? {};
  return startTime ? formatAge((completionTime ? Date.parse(completionTime) : now.getTime()) - Date.parse(startTime)) : "";
}

function jobStatus(object: UnknownObject): string {
  const { spec, status, metadata } = object as unknown as Job;
  const has = (type: string) => status?.conditions?.some((c) => c.type === type && c.status === "True");
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp) return "Terminating";
  if (has("Suspended") || spec.suspend) return "Suspended";
  return has("FailureTarget") ? "FailureTarget" : "Running";
}

function nodeStatus(object: UnknownObject): string {
  const conditions = (valueAtPath(object, ".status.conditions") ?? []) as readonly { type: string; status: string }[];
  return conditions.some((c) => c.type === "Ready" && c.status === "True") ? "Ready" : "NotReady";
}

const eventTarget: Value = (object) => {
  const { kind = "", name = "" } = (object["involvedObject"] ?? {}) as { kind?: string; name?: string };
  return `${kind.toLowerCase()}/${name}`;
};
const dataCount: Value = (object) => Object.keys((object["data"] ?? {}) as object).length;

export const columns: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    nameColumn,
    column("Ready", ready),
    column("Status", (object) => podStatusText(asPod(object))),
    column("Restarts", restarts),
    ageColumn,
    column("IP", at(".status.podIP"), wide),
    column("Node", at(".spec.nodeName"), wide),
  ],
  services: [
    nameColumn,
    column("Type", at(".spec.type")),
    column("Cluster-IP", at(".spec.clusterIP")),
    column("External-IP", () => "<none>"),
    column("Port(s)", servicePorts),
    ageColumn,
    column("Selector", selectorText, wide),
  ],
  jobs: [
    nameColumn,
    column("Status", jobStatus),
    column("Completions", (object) => {
      const { spec, status } = object as unknown as Job;
      return spec.completions === undefined ? `${status?.succeeded ?? 0}/1 of ${spec.parallelism ?? 1}` : `${status?.succeeded ?? 0}/${spec.completions}`;
    }),
    column("Duration", jobDuration),
    ageColumn,
  ],
  nodes: [
    nameColumn,
    column("Status", nodeStatus),
    column("Roles", () => "<none>"),
    ageColumn,
    column("Version", at(".status.nodeInfo.kubeletVersion")),
    column("Internal-IP", (object) => ((valueAtPath(object, ".status.addresses") ?? []) as readonly { type: string; address: string }[]).find((a) => a.type === "InternalIP")?.address ?? "<none>", wide),
  ],
  namespaces: [nameColumn, column("Status", at(".status.phase")), ageColumn],
  configmaps: [nameColumn, column("Data", dataCount), ageColumn],
  secrets: [nameColumn, column("Type", at(".type")), column("Data", dataCount), ageColumn],
  events: [
    column("Last Seen", (object, now) => ageOf(valueAtPath(object, ".series.lastObservedTime") ?? object["lastTimestamp"] ?? object["eventTime"] ?? object.metadata.creationTimestamp, now)),
    column("Type", at(".type")),
    column("Reason", at(".reason")),
    column("Object", eventTarget),
    column("Message", at(".message")),
  ],
  persistentvolumeclaims: [nameColumn, column("Status", at(".status.phase")), column("Volume", at(".spec.volumeName")), ageColumn],
  customresourcedefinitions: [nameColumn, column("Created At", at(".metadata.creationTimestamp"))],
  leases: [nameColumn, column("Holder", at(".spec.holderIdentity")), ageColumn],
  endpointslices: [
    nameColumn,
    column("AddressType", at(".addressType")),
    column("Ports", (object) => ((object["ports"] ?? []) as readonly { port?: number }[]).map((p) => p.port).join(",") || "<unset>"),
    column("Endpoints", (object) => ((object["endpoints"] ?? []) as readonly { addresses: readonly string[] }[]).flatMap((e) => e.addresses).join(",") || "<unset>"),
    ageColumn,
  ],
};

export const defaultColumns: readonly Column[] = [nameColumn, ageColumn];
