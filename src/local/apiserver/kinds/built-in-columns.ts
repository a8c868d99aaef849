/** Printer columns of the built-in kinds: what `kubectl get` shows. */
import type { Job } from "../../../api/batch/job.ts";
import type { Kind, UnknownObject } from "../../../meta/object.ts";
import { formatAge } from "../../../machinery/duration.ts";
import { qualified } from "../errors.ts";
import type { Cell, Column } from "./registry.ts";
import { ageColumn, column, nameColumn, shortAge, wide } from "./column.ts";
import { podColumns } from "./pod-columns.ts";
import { scalarText } from "./scalar-text.ts";

type Json = Readonly<Record<string, unknown>>;
type Items = readonly Json[];

const at = (object: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (value as Json | undefined)?.[key], object);
const text =
  (path: string, missing = "<none>") =>
  (object: UnknownObject): string => {
    const value = at(object, path);
    return value === undefined || value === null || value === "" ? missing : scalarText(value);
  };
const items = (object: unknown, path: string): Items => (at(object, path) as Items | undefined) ?? [];
const joined = (values: readonly unknown[], missing = "<none>"): string => values.join(",") || missing;

const pairs = (path: string) => (object: UnknownObject) =>
  joined(Object.entries((at(object, path) ?? {}) as Json).map(([key, value]) => `${key}=${scalarText(value)}`));
const count = (path: string) => (object: UnknownObject) => Object.keys(at(object, path) ?? {}).length;
const containers = (path: string) => wide("Containers", (object) => joined(items(object, path).map((c) => c["name"])));
const images = (path: string) => wide("Images", (object) => joined(items(object, path).map((c) => c["image"])));
const since = (path: string) => (object: UnknownObject, now: Date) =>
  shortAge(at(object, path) as string | undefined, now);
const hasCondition = (object: UnknownObject, type: string): boolean =>
  items(object, "status.conditions").some((c) => c["type"] === type && c["status"] === "True");

function jobStatus(object: UnknownObject): string {
  for (const [type, word] of [
    ["Complete", "Complete"],
    ["Failed", "Failed"],
  ] as const)
    if (hasCondition(object, type)) return word;
  if (object.metadata.deletionTimestamp) return "Terminating";
  if (hasCondition(object, "Suspended")) return "Suspended";
  if (hasCondition(object, "FailureTarget")) return "FailureTarget";
  return hasCondition(object, "SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function jobCompletions(object: UnknownObject): string {
  const { spec, status } = object as unknown as Job;
  const done = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${done}/${spec.completions}`;
  return (spec.parallelism ?? 0) > 1 ? `${done}/1 of ${spec.parallelism}` : `${done}/1`;
}

function jobDuration(object: UnknownObject, now: Date): string {
  const { startTime, completionTime } = (object as unknown as Job).status ?? {};
  if (!startTime) return "";
  return formatAge((completionTime ? Date.parse(completionTime) : now.getTime()) - Date.parse(startTime));
}

const servicePorts = (object: UnknownObject): string =>
  joined(
    items(object, "spec.ports").map(
      (p) =>
        `${scalarText(p["port"])}${p["nodePort"] ? `:${scalarText(p["nodePort"])}` : ""}/${scalarText(p["protocol"])}`,
    ),
  );

function nodeStatus(object: UnknownObject): string {
  const ready = items(object, "status.conditions").find((c) => c["type"] === "Ready");
  const word = ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady";
  return at(object, "spec.unschedulable") === true ? `${word},SchedulingDisabled` : word;
}

const rolePrefix = "node-role.kubernetes.io/";
const nodeRoles = (object: UnknownObject): string =>
  joined(
    Object.keys(object.metadata.labels ?? {})
      .filter((key) => key.startsWith(rolePrefix))
      .map((key) => key.slice(rolePrefix.length)),
  );
const nodeAddress = (type: string) => (object: UnknownObject) =>
  scalarText(items(object, "status.addresses").find((a) => a["type"] === type)?.["address"] ?? "<none>");

const eventTime = (object: UnknownObject): string | undefined =>
  (at(object, "series.lastObservedTime") ??
    object["lastTimestamp"] ??
    object["deprecatedLastTimestamp"] ??
    object["eventTime"] ??
    object.metadata.creationTimestamp) as string | undefined;
const firstTime = (object: UnknownObject): string | undefined =>
  (object["firstTimestamp"] ??
    object["deprecatedFirstTimestamp"] ??
    object["eventTime"] ??
    object.metadata.creationTimestamp) as string | undefined;
function eventTarget(object: UnknownObject): string {
  const target = (object["involvedObject"] ?? object["regarding"] ?? {}) as { kind?: string; name?: string };
  return target.name ? `${(target.kind ?? "").toLowerCase()}/${target.name}` : (target.kind ?? "").toLowerCase();
}
const eventSource = (object: UnknownObject): string =>
  scalarText(at(object, "source.component") ?? object["reportingComponent"] ?? object["reportingController"] ?? "");
const eventCount = (object: UnknownObject): Cell =>
  ((at(object, "series.count") ?? object["count"] ?? object["deprecatedCount"]) as number | undefined) ?? 1;

const eventColumns: readonly Column[] = [
  column("Last Seen", (object, now) => shortAge(eventTime(object), now)),
  column("Type", text("type", "")),
  column("Reason", text("reason", "")),
  column("Object", eventTarget),
  wide("Subobject", text("involvedObject.fieldPath", "")),
  wide("Source", eventSource),
  column("Message", (object) => scalarText(object["message"] ?? object["note"] ?? "").trim()),
  wide("First Seen", (object, now) => shortAge(firstTime(object), now)),
  wide("Count", eventCount),
  wide("Name", (object) => object.metadata.name),
];

const subsetAddresses = (object: UnknownObject): string =>
  joined(
    items(object, "subsets").flatMap((subset) =>
      ((subset["addresses"] ?? []) as Items).flatMap((address) =>
        ((subset["ports"] ?? []) as Items).map((port) => `${scalarText(address["ip"])}:${scalarText(port["port"])}`),
      ),
    ),
  );

const accessModes = (object: UnknownObject): string => {
  const short: Json = { ReadWriteOnce: "RWO", ReadOnlyMany: "ROX", ReadWriteMany: "RWX", ReadWriteOncePod: "RWOP" };
  return ((at(object, "status.accessModes") ?? []) as readonly string[])
    .map((mode) => scalarText(short[mode] ?? mode))
    .join(",");
};

const bindingColumns: readonly Column[] = [
  nameColumn,
  column("Role", (object) => `${text("roleRef.kind", "")(object)}/${text("roleRef.name", "")(object)}`),
  ageColumn,
];
const createdAt: readonly Column[] = [nameColumn, column("Created At", text("metadata.creationTimestamp", ""))];

const table: Readonly<Record<string, readonly Column[]>> = {
  pods: podColumns,
  services: [
    nameColumn,
    column("Type", text("spec.type")),
    column("Cluster-IP", text("spec.clusterIP")),
    column("External-IP", text("spec.externalName")),
    column("Port(s)", servicePorts),
    ageColumn,
    wide("Selector", pairs("spec.selector")),
  ],
  "jobs.batch": [
    nameColumn,
    column("Status", jobStatus),
    column("Completions", jobCompletions),
    column("Duration", jobDuration),
    ageColumn,
    containers("spec.template.spec.containers"),
    images("spec.template.spec.containers"),
    wide("Selector", pairs("spec.selector.matchLabels")),
  ],
  "cronjobs.batch": [
    nameColumn,
    column("Schedule", text("spec.schedule")),
    column("Timezone", text("spec.timeZone")),
    column("Suspend", (object) => (at(object, "spec.suspend") === true ? "True" : "False")),
    column("Active", (object) => items(object, "status.active").length),
    column("Last Schedule", (object, now) =>
      at(object, "status.lastScheduleTime") ? since("status.lastScheduleTime")(object, now) : "<none>",
    ),
    ageColumn,
  ],
  "deployments.apps": [
    nameColumn,
    column("Ready", (object) => `${text("status.readyReplicas", "0")(object)}/${text("spec.replicas", "0")(object)}`),
    column("Up-to-date", text("status.updatedReplicas", "0")),
    column("Available", text("status.availableReplicas", "0")),
    ageColumn,
    containers("spec.template.spec.containers"),
    images("spec.template.spec.containers"),
    wide("Selector", pairs("spec.selector.matchLabels")),
  ],
  nodes: [
    nameColumn,
    column("Status", nodeStatus),
    column("Roles", nodeRoles),
    ageColumn,
    column("Version", text("status.nodeInfo.kubeletVersion", "")),
    wide("Internal-IP", nodeAddress("InternalIP")),
    wide("External-IP", nodeAddress("ExternalIP")),
    wide("OS-Image", text("status.nodeInfo.osImage", "<unknown>")),
    wide("Kernel-Version", text("status.nodeInfo.kernelVersion", "<unknown>")),
    wide("Container-Runtime", text("status.nodeInfo.containerRuntimeVersion", "<unknown>")),
  ],
  namespaces: [nameColumn, column("Status", text("status.phase", "")), ageColumn],
  configmaps: [nameColumn, column("Data", (object) => count("data")(object) + count("binaryData")(object)), ageColumn],
  secrets: [nameColumn, column("Type", text("type", "")), column("Data", count("data")), ageColumn],
  serviceaccounts: [nameColumn, column("Secrets", (object) => items(object, "secrets").length), ageColumn],
  endpoints: [nameColumn, column("Endpoints", subsetAddresses), ageColumn],
  events: eventColumns,
  persistentvolumeclaims: [
    nameColumn,
    column("Status", (object) =>
      object.metadata.deletionTimestamp ? "Terminating" : text("status.phase", "")(object),
    ),
    column("Volume", text("spec.volumeName", "")),
    column("Capacity", text("status.capacity.storage", "")),
    column("Access Modes", accessModes),
    column("StorageClass", text("spec.storageClassName", "")),
    ageColumn,
    wide("VolumeMode", text("spec.volumeMode", "")),
  ],
  persistentvolumes: [
    nameColumn,
    column("Capacity", text("spec.capacity.storage", "")),
    column("Reclaim Policy", text("spec.persistentVolumeReclaimPolicy", "")),
    column("Status", text("status.phase", "")),
    column("Claim", (object) =>
      [at(object, "spec.claimRef.namespace"), at(object, "spec.claimRef.name")].filter(Boolean).join("/"),
    ),
    column("StorageClass", text("spec.storageClassName", "")),
    ageColumn,
  ],
  "customresourcedefinitions.apiextensions.k8s.io": createdAt,
  "roles.rbac.authorization.k8s.io": createdAt,
  "clusterroles.rbac.authorization.k8s.io": createdAt,
  "rolebindings.rbac.authorization.k8s.io": bindingColumns,
  "clusterrolebindings.rbac.authorization.k8s.io": bindingColumns,
  "leases.coordination.k8s.io": [nameColumn, column("Holder", text("spec.holderIdentity", "")), ageColumn],
  "priorityclasses.scheduling.k8s.io": [
    nameColumn,
    column("Value", text("value", "0")),
    column("Global-Default", text("globalDefault", "false")),
    ageColumn,
  ],
  "endpointslices.discovery.k8s.io": [
    nameColumn,
    column("AddressType", text("addressType", "")),
    column("Ports", (object) =>
      joined(
        items(object, "ports").map((p) => p["port"]),
        "<unset>",
      ),
    ),
    column("Endpoints", (object) =>
      joined(
        items(object, "endpoints").flatMap((e) => e["addresses"] as readonly string[]),
        "<unset>",
      ),
    ),
    ageColumn,
  ],
  "ingresses.networking.k8s.io": [
    nameColumn,
    column("Class", text("spec.ingressClassName")),
    column("Hosts", (object) =>
      joined(
        items(object, "spec.rules").map((rule) => rule["host"] ?? "*"),
        "*",
      ),
    ),
    column("Address", () => ""),
    column("Ports", (object) => (items(object, "spec.tls").length > 0 ? "80, 443" : "80")),
    ageColumn,
  ],
};

const standard: readonly Column[] = [nameColumn, ageColumn];

export function columnsOf(kind: Kind): readonly Column[] {
  if (kind.resource === "events") return eventColumns;
  return table[qualified(kind)] ?? standard;
}
