/** The built-in resources: a table of what differs between them. */
import * as kinds from "../../api/core/kinds.ts";
import type { Kind, UnknownObject } from "../../api/meta/object.ts";
import { isDns1123Label } from "../../machinery/names.ts";
import { columns, defaultColumns } from "./columns.ts";
import { definitionRules } from "./crd/definition-rules.ts";
import type { Resource, Rules } from "./resource.ts";
import { jobRules } from "./rules/job.ts";
import { podRules } from "./rules/pod.ts";
import { serviceRules } from "./rules/service.ts";

interface Entry {
  readonly kind: Kind;
  readonly short?: readonly string[];
  readonly status?: boolean;
  readonly generation?: boolean;
  readonly all?: boolean;
  readonly rules?: Rules;
  /** Shares its storage with another resource. */
  readonly storage?: string;
}

const namespaceRules: Rules = {
  prepare: (object) => ({ ...object, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } }),
  validate: (object) =>
    isDns1123Label(object.metadata.name ?? "").map((detail) => ({ type: "Invalid", field: "metadata.name", detail, value: object.metadata.name })),
};

/** `stringData` becomes `data`, as the API server folds it. */
const secretRules: Rules = {
  defaults: (object) => {
    const { stringData, ...rest } = object as UnknownObject & { readonly stringData?: Readonly<Record<string, string>> };
    const encoded = Object.entries(stringData ?? {}).map(([key, value]) => [key, btoa(String.fromCharCode(...new TextEncoder().encode(value)))]);
    const data = { ...(object["data"] as object | undefined), ...Object.fromEntries(encoded) };
    return { type: "Opaque", ...rest, ...(Object.keys(data).length > 0 && { data }) } as UnknownObject;
  },
};

const claimRules: Rules = {
  defaults: (object) => ({ ...object, spec: { volumeMode: "Filesystem", ...(object["spec"] as object) } }),
  prepare: (object) => ({ ...object, status: { phase: "Pending" } }),
};

export function builtinResources(allocateClusterIp: () => string): readonly Resource[] {
  const entries: readonly Entry[] = [
    { kind: kinds.Pod, short: ["po"], status: true, generation: true, all: true, rules: podRules },
    { kind: kinds.Service, short: ["svc"], status: true, all: true, rules: serviceRules(allocateClusterIp) },
    { kind: kinds.Job, status: true, generation: true, all: true, rules: jobRules },
    { kind: kinds.Namespace, short: ["ns"], status: true, rules: namespaceRules },
    { kind: kinds.Node, short: ["no"], status: true },
    { kind: kinds.ConfigMap, short: ["cm"] },
    { kind: kinds.Secret, rules: secretRules },
    { kind: kinds.ServiceAccount, short: ["sa"] },
    { kind: kinds.Endpoints, short: ["ep"] },
    { kind: kinds.LegacyEvent, short: ["ev"], storage: "/events" },
    { kind: kinds.Event, short: ["ev"], storage: "/events" },
    { kind: kinds.PersistentVolumeClaim, short: ["pvc"], status: true, rules: claimRules },
    { kind: kinds.PersistentVolume, short: ["pv"], status: true },
    { kind: kinds.ResourceQuota, short: ["quota"], status: true },
    { kind: kinds.LimitRange, short: ["limits"] },
    { kind: kinds.PodTemplate },
    { kind: kinds.CronJob, short: ["cj"], status: true, generation: true, all: true },
    { kind: kinds.ControllerRevision },
    { kind: kinds.Deployment, short: ["deploy"], status: true, generation: true, all: true },
    { kind: kinds.EndpointSlice },
    { kind: kinds.Lease },
    { kind: kinds.Role },
    { kind: kinds.RoleBinding },
    { kind: kinds.ClusterRole },
    { kind: kinds.ClusterRoleBinding },
    { kind: kinds.PriorityClass, short: ["pc"] },
    { kind: kinds.StorageClass, short: ["sc"] },
    { kind: kinds.Ingress, short: ["ing"], status: true, generation: true },
    { kind: kinds.NetworkPolicy, short: ["netpol"], generation: true },
    { kind: kinds.CustomResourceDefinition, short: ["crd", "crds"], status: true, generation: true, rules: definitionRules },
  ];
  return entries.map(({ kind, short = [], status = false, generation = false, all = false, rules = {}, storage }) => ({
    kind,
    singular: kind.kind.toLowerCase(),
    shortNames: short,
    categories: all ? ["all"] : [],
    storage: storage ?? `${kind.group}/${kind.resource}`,
    hasStatus: status,
    hasGeneration: generation,
    columns: columns[kind.resource] ?? defaultColumns,
    rules,
    custom: false,
  }));
}
