/** What the server says of its kinds: /api, /apis, the lists per version, and all of it in one answer (aggregated discovery). */
import { apiVersionOf } from "../../../meta/object.ts";
import type { Registry, ResourceType } from "../kinds/registry.ts";
import { metricsKinds } from "./resource-metrics.ts";
import { reviewKinds } from "./reviews.ts";

interface Subresource {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly group?: string;
  readonly version?: string;
}

/** Kinds of which nothing is stored. */
const transientKinds = [
  ...reviewKinds.map((review) => ({ ...review, singular: review.kind.toLowerCase(), verbs: ["create"] })),
  ...metricsKinds.map((metrics) => ({ ...metrics, singular: "", verbs: ["get", "list"] })),
];

const proxyVerbs = ["create", "delete", "get", "patch", "update"];
const readWrite = ["get", "patch", "update"];

/** Kind and verbs of each subresource; `kind` absent: the parent's. */
const subresourceTable: Readonly<Record<string, Omit<Subresource, "name" | "kind"> & { readonly kind?: string }>> = {
  status: { verbs: readWrite },
  scale: { kind: "Scale", group: "autoscaling", version: "v1", verbs: readWrite },
  log: { verbs: ["get"] },
  exec: { kind: "PodExecOptions", verbs: ["create", "get"] },
  attach: { kind: "PodAttachOptions", verbs: ["create", "get"] },
  portforward: { kind: "PodPortForwardOptions", verbs: ["create", "get"] },
  binding: { kind: "Binding", verbs: ["create"] },
  eviction: { kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
  ephemeralcontainers: { verbs: readWrite },
  resize: { verbs: readWrite },
  finalize: { verbs: ["update"] },
  token: { kind: "TokenRequest", group: "authentication.k8s.io", version: "v1", verbs: ["create"] },
};

function subresourcesOf({ kind, subresources }: ResourceType): readonly Subresource[] {
  return subresources.map((name) => {
    if (name === "proxy") return { name, kind: `${kind.kind}ProxyOptions`, verbs: proxyVerbs };
    return { verbs: [], ...subresourceTable[name], name, kind: subresourceTable[name]?.kind ?? kind.kind };
  });
}

/** Versions as Kubernetes orders them: v2, v1, v1beta2, v1beta1, v1alpha1. */
export function compareVersions(a: string, b: string): number {
  const rank = (version: string) => {
    const [, major = "0", stage = "", minor = "0"] = /^v(\d+)(alpha|beta)?(\d*)$/.exec(version) ?? [];
    return [stage === "" ? 2 : stage === "beta" ? 1 : 0, Number(major), Number(minor || 0)] as const;
  };
  const x = rank(a);
  const y = rank(b);
  return y[0] - x[0] || y[1] - x[1] || y[2] - x[2];
}

type Groups = ReadonlyMap<string, readonly string[]>;

// kubectl takes the first group that has a resource's name: `events` must be the core group's.
const firstGroups = ["", "apps", "batch"];

function groupsOf(registry: Registry): Groups {
  const groups = new Map<string, Set<string>>();
  const add = (group: string, version: string) => groups.set(group, (groups.get(group) ?? new Set()).add(version));
  for (const { kind } of registry.types) add(kind.group, kind.version);
  for (const { group, version } of transientKinds) add(group, version);
  const rank = (group: string) => (firstGroups.includes(group) ? firstGroups.indexOf(group) : firstGroups.length);
  const names = [...groups.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return new Map(names.map((name) => [name, [...(groups.get(name) ?? [])].sort(compareVersions)]));
}

const typesIn = (registry: Registry, group: string, version: string) =>
  registry.types.filter(({ kind }) => kind.group === group && kind.version === version);
const transientIn = (group: string, version: string) =>
  transientKinds.filter((kind) => kind.group === group && kind.version === version);

function listed(type: ResourceType): readonly unknown[] {
  const { kind, singular, shortNames, categories, verbs } = type;
  const main = {
    name: kind.resource,
    singularName: singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
  const below = subresourcesOf(type).map(({ name, ...more }) => ({
    name: `${kind.resource}/${name}`,
    singularName: "",
    namespaced: kind.namespaced,
    ...more,
  }));
  return [main, ...below];
}

/** The APIResourceList of a version; undefined when there is none such. */
export function resourceList(registry: Registry, group: string, version: string): unknown {
  const types = typesIn(registry, group, version);
  const others = transientIn(group, version).map(({ resource, kind, namespaced, singular, verbs }) => ({
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs,
  }));
  if (types.length + others.length === 0) return undefined;
  const groupVersion = apiVersionOf({ group, version });
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: [...types.flatMap(listed), ...others] };
}

function groupObject(name: string, versions: readonly string[]) {
  const list = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

export const coreVersions = (address: string): unknown => ({
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
});

export function groupList(registry: Registry): unknown {
  const groups = [...groupsOf(registry)].filter(([name]) => name !== "");
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: groups.map(([name, versions]) => groupObject(name, versions)),
  };
}

export function oneGroup(registry: Registry, name: string): unknown {
  const versions = groupsOf(registry).get(name);
  return versions && { kind: "APIGroup", apiVersion: "v1", ...groupObject(name, versions) };
}

function aggregatedResource(type: ResourceType): unknown {
  const { kind, singular, shortNames, categories, verbs } = type;
  const subresources = subresourcesOf(type).map(({ name, verbs: subVerbs, ...sub }) => ({
    subresource: name,
    responseKind: { group: sub.group ?? kind.group, version: sub.version ?? kind.version, kind: sub.kind },
    verbs: subVerbs,
  }));
  return {
    resource: kind.resource,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

function aggregatedVersion(registry: Registry, group: string, version: string): unknown {
  const others = transientIn(group, version).map(({ resource, kind, namespaced, singular, verbs }) => ({
    resource,
    responseKind: { group, version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
  }));
  const types = typesIn(registry, group, version).map(aggregatedResource);
  return { version, freshness: "Current", resources: [...types, ...others] };
}

export interface AggregatedRequest {
  /** /api, or /apis. */
  readonly isCore: boolean;
  readonly version: "v2" | "v2beta1";
}

/** Everything below /api or /apis (apidiscovery.k8s.io). */
export function aggregated(registry: Registry, { isCore, version }: AggregatedRequest): unknown {
  const groups = [...groupsOf(registry)].filter(([name]) => (name === "") === isCore);
  const items = groups.map(([name, versions]) => ({
    metadata: { ...(name && { name }), creationTimestamp: null },
    versions: versions.map((one) => aggregatedVersion(registry, name, one)),
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}
