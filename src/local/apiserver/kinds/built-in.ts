/** The table of built-in kinds: short names, categories, subresources, selectable fields, and each one's strategy. */
import * as kinds from "../../../api/core/kinds.ts";
import type { Kind, UnknownObject } from "../../../meta/object.ts";
import { allVerbs, type ResourceType, type Strategy, storageOf } from "./registry.ts";
import { builtInSchema } from "../openapi/built-in.ts";
import { columnsOf } from "./built-in-columns.ts";
import { deploymentStrategy, jobStrategy, cronJobStrategy } from "./jobs.ts";
import { eventFields, eventStrategy, eventView } from "./events.ts";
import { namespaceStrategy } from "./namespaces.ts";
import { podStrategy } from "./pods.ts";
import { serviceStrategy } from "./services.ts";
import {
  leaseStrategy,
  nodeStrategy,
  plain,
  rbacStrategy,
  secretStrategy,
  withStatus,
  claimStrategy,
  volumeStrategy,
  accountStrategy,
} from "./strategies.ts";
import { scalarText } from "./scalar-text.ts";

interface Row {
  readonly kind: Kind;
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly string[];
  readonly strategy?: Strategy;
  readonly fields?: ResourceType["fields"];
  readonly storage?: string;
  readonly view?: ResourceType["view"];
}

const textAt =
  (...path: readonly string[]) =>
  (object: UnknownObject): string | undefined => {
    const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
    return value === undefined || value === null ? undefined : scalarText(value);
  };

const podFields: ResourceType["fields"] = {
  "spec.nodeName": textAt("spec", "nodeName"),
  "spec.restartPolicy": textAt("spec", "restartPolicy"),
  "spec.schedulerName": textAt("spec", "schedulerName"),
  "spec.serviceAccountName": textAt("spec", "serviceAccountName"),
  "spec.hostNetwork": (pod) => textAt("spec", "hostNetwork")(pod) ?? "false",
  "status.phase": textAt("status", "phase"),
  "status.podIP": textAt("status", "podIP"),
  "status.nominatedNodeName": textAt("status", "nominatedNodeName"),
};

const rows: readonly Row[] = [
  {
    kind: kinds.Namespace,
    short: ["ns"],
    subresources: ["status", "finalize"],
    strategy: namespaceStrategy,
    fields: { "status.phase": textAt("status", "phase") },
  },
  {
    kind: kinds.Node,
    short: ["no"],
    subresources: ["status", "proxy"],
    strategy: nodeStrategy,
    fields: { "spec.unschedulable": (node) => textAt("spec", "unschedulable")(node) ?? "false" },
  },
  {
    kind: kinds.PersistentVolume,
    short: ["pv"],
    subresources: ["status"],
    strategy: volumeStrategy,
  },
  {
    kind: kinds.Pod,
    short: ["po"],
    categories: ["all"],
    subresources: [
      "status",
      "log",
      "exec",
      "attach",
      "portforward",
      "proxy",
      "binding",
      "eviction",
      "ephemeralcontainers",
      "resize",
    ],
    strategy: podStrategy,
    fields: podFields,
  },
  {
    kind: kinds.Service,
    short: ["svc"],
    categories: ["all"],
    subresources: ["status", "proxy"],
    strategy: serviceStrategy,
    fields: { "spec.clusterIP": textAt("spec", "clusterIP"), "spec.type": textAt("spec", "type") },
  },
  { kind: kinds.Endpoints, short: ["ep"] },
  { kind: kinds.ConfigMap, short: ["cm"] },
  { kind: kinds.Secret, strategy: secretStrategy, fields: { type: textAt("type") } },
  { kind: kinds.ServiceAccount, short: ["sa"], subresources: ["token"], strategy: accountStrategy },
  { kind: kinds.PersistentVolumeClaim, short: ["pvc"], subresources: ["status"], strategy: claimStrategy },
  { kind: kinds.LegacyEvent, short: ["ev"], strategy: eventStrategy, fields: eventFields.core },
  {
    kind: kinds.Event,
    short: ["ev"],
    strategy: eventStrategy,
    fields: eventFields.events,
    storage: "events",
    view: eventView,
  },
  {
    kind: kinds.ResourceQuota,
    short: ["quota"],
    subresources: ["status"],
    strategy: { ...withStatus, answersDeleted: true },
  },
  { kind: kinds.LimitRange, short: ["limits"] },
  { kind: kinds.PodTemplate, strategy: { ...plain, answersDeleted: true } },
  {
    kind: kinds.Job,
    categories: ["all"],
    subresources: ["status"],
    strategy: jobStrategy,
    fields: { "status.successful": (job) => textAt("status", "succeeded")(job) ?? "0" },
  },
  { kind: kinds.CronJob, short: ["cj"], categories: ["all"], subresources: ["status"], strategy: cronJobStrategy },
  { kind: kinds.ControllerRevision },
  {
    kind: kinds.Deployment,
    short: ["deploy"],
    categories: ["all"],
    subresources: ["status"],
    strategy: deploymentStrategy,
  },
  { kind: kinds.EndpointSlice },
  { kind: kinds.Lease, strategy: leaseStrategy },
  { kind: kinds.Role, strategy: rbacStrategy },
  { kind: kinds.RoleBinding, strategy: rbacStrategy },
  { kind: kinds.ClusterRole, strategy: rbacStrategy },
  { kind: kinds.ClusterRoleBinding, strategy: rbacStrategy },
  { kind: kinds.PriorityClass, short: ["pc"] },
  { kind: kinds.StorageClass, short: ["sc"] },
  { kind: kinds.Ingress, short: ["ing"], subresources: ["status"], strategy: { ...withStatus, hasGeneration: true } },
  { kind: kinds.NetworkPolicy, short: ["netpol"], strategy: { ...plain, hasGeneration: true } },
];

const schemaOf = (kind: Kind): Pick<ResourceType, "schema"> => {
  const schema = builtInSchema(kind);
  return schema ? { schema } : {};
};

/** Every built-in kind but CustomResourceDefinition, which needs the registry itself. */
export function builtInTypes(): readonly ResourceType[] {
  return rows.map(({ kind, short, categories, subresources, strategy, fields, storage, view }) => ({
    kind,
    singular: kind.kind.toLowerCase(),
    listKind: `${kind.kind}List`,
    shortNames: short ?? [],
    categories: categories ?? [],
    subresources: subresources ?? [],
    verbs: allVerbs,
    storage: storage ?? storageOf(kind),
    strategy: strategy ?? plain,
    columns: columnsOf(kind),
    fields: fields ?? {},
    ...schemaOf(kind),
    ...(view && { view }),
  }));
}
