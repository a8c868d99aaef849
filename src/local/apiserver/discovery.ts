/** What the server says of itself: versions, groups, resources, and enough OpenAPI for kubectl. Pure. */
import type { Registry } from "./registry.ts";
import type { Resource } from "./resource.ts";

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const preferredGroups = ["", "batch", "events.k8s.io"];

/** Versions as Kubernetes orders them: v2, v1, v1beta2, v1beta1, v1alpha1. */
function compareVersions(a: string, b: string): number {
  const rank = (version: string) => {
    const [, major = "0", stage = "", minor = "0"] = /^v(\d+)(alpha|beta)?(\d*)$/.exec(version) ?? [];
    return [stage === "" ? 2 : stage === "beta" ? 1 : 0, Number(major), Number(minor || 0)] as const;
  };
  const x = rank(a);
  const y = rank(b);
  return y[0] - x[0] || y[1] - x[1] || y[2] - x[2];
}

function groupsOf(registry: Registry): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { kind } of registry.all()) {
    const versions = groups.get(kind.group) ?? [];
    if (!versions.includes(kind.version)) versions.push(kind.version);
    groups.set(kind.group, versions);
  }
  for (const versions of groups.values()) versions.sort(compareVersions);
  return new Map([...groups].sort(([a], [b]) => (preferredGroups.indexOf(b) - preferredGroups.indexOf(a)) || a.localeCompare(b)));
}

const subresourcesOf = (resource: Resource): readonly { readonly name: string; readonly kind: string; readonly verbs: readonly string[]; readonly group?: string; readonly version?: string }[] => [
  ...(resource.hasStatus ? [{ name: "status", kind: resource.kind.kind, verbs: ["get", "patch", "update"] }] : []),
  ...(resource.scale ? [{ name: "scale", kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get", "patch", "update"] }] : []),
  ...(resource.kind.resource === "pods" && resource.kind.group === ""
    ? [
        { name: "log", kind: "Pod", verbs: ["get"] },
        { name: "exec", kind: "PodExecOptions", verbs: ["create", "get"] },
        { name: "binding", kind: "Binding", verbs: ["create"] },
        { name: "eviction", kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
        { name: "portforward", kind: "PodPortForwardOptions", verbs: ["create", "get"] },
        { name: "proxy", kind: "PodProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] },
      ]
    : []),
  ...(resource.kind.resource === "services" && resource.kind.group === "" ? [{ name: "proxy", kind: "ServiceProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] }] : []),
];

export function apiResourceList(registry: Registry, group: string, version: string): unknown {
  const found = registry.all().filter(({ kind }) => kind.group === group && kind.version === version);
  if (found.length === 0) return undefined;
  const resources = found.flatMap((resource) => {
    const { kind, singular, shortNames, categories } = resource;
    const main = {
      name: kind.resource,
      singularName: singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    };
    const subs = subresourcesOf(resource).map((sub) => ({ ...sub, name: `${kind.resource}/${sub.name}`, singularName: "", namespaced: kind.namespaced }));
    return [main, ...subs];
  });
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: group ? `${group}/${version}` : version, resources };
}

function apiGroup(name: string, versions: readonly string[]) {
  const list = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { kind: "APIGroup", apiVersion: "v1", name, versions: list, preferredVersion: list[0] };
}

export function apiGroupList(registry: Registry): unknown {
  const groups = [...groupsOf(registry)].filter(([name]) => name !== "").map(([name, versions]) => apiGroup(name, versions));
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

export function groupOf(registry: Registry, name: string): unknown {
  const versions = groupsOf(registry).get(name);
  return versions && apiGroup(name, versions);
}

/** Aggregated discovery (apidiscovery.k8s.io/v2): everything below /api or /apis in one answer. */
export function aggregated(registry: Registry, core: boolean, apiVersion: string): unknown {
  const groups = [...groupsOf(registry)].filter(([name]) => (name === "") === core);
  const items = groups.map(([name, versions]) => ({
    metadata: { ...(name && { name }), creationTimestamp: null },
    versions: versions.map((version) => ({
      version,
      freshness: "Current",
      resources: registry
        .all()
        .filter(({ kind }) => kind.group === name && kind.version === version)
        .map((resource) => ({
          resource: resource.kind.resource,
          responseKind: { group: name, version, kind: resource.kind.kind },
          scope: resource.kind.namespaced ? "Namespaced" : "Cluster",
          singularResource: resource.singular,
          verbs,
          ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
          ...(resource.categories.length > 0 && { categories: resource.categories }),
          subresources: subresourcesOf(resource).map((sub) => ({
            subresource: sub.name,
            responseKind: { group: sub.group ?? name, version: sub.version ?? version, kind: sub.kind },
            verbs: sub.verbs,
          })),
        })),
    })),
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion, metadata: {}, items };
}

export const versionInfo = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.0+windlass",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "none",
  platform: "linux/amd64",
};

const anyObject = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const schemaName = ({ kind }: Resource) => `${kind.group ? kind.group.split(".").reverse().join(".") : "io.k8s.api.core"}.${kind.version}.${kind.kind}`;

function withIdentity(resource: Resource): unknown {
  const { kind } = resource;
  return {
    ...anyObject,
    ...resource.schema,
    "x-kubernetes-group-version-kind": [{ group: kind.group, version: kind.version, kind: kind.kind }],
  };
}

const groupPath = (group: string, version: string) => (group ? `apis/${group}/${version}` : `api/${version}`);

/** The index of OpenAPI v3 documents. */
export function openApiIndex(registry: Registry): unknown {
  const paths = [...groupsOf(registry)].flatMap(([group, versions]) => versions.map((version) => groupPath(group, version)));
  return { paths: Object.fromEntries(paths.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }])) };
}

/** The verbs' paths are there because kubectl looks in them for `fieldValidation` support. */
function pathsOf(resource: Resource): Record<string, unknown> {
  const { kind } = resource;
  const collection = `/${groupPath(kind.group, kind.version)}${kind.namespaced ? "/namespaces/{namespace}" : ""}/${kind.resource}`;
  const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
  const operation = (action: string) => ({
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk,
    parameters: [{ name: "fieldValidation", in: "query", schema: { type: "string" } }],
    responses: { 200: { description: "OK" } },
  });
  return { [collection]: { post: operation("post") }, [`${collection}/{name}`]: { patch: operation("patch"), put: operation("put") } };
}

export function openApiV3(registry: Registry, group: string, version: string): unknown {
  const found = registry.all().filter(({ kind }) => kind.group === group && kind.version === version);
  if (found.length === 0) return undefined;
  return {
    openapi: "3.0.0",
    info: { title: "Windlass", version: versionInfo.gitVersion },
    paths: Object.assign({}, ...found.map(pathsOf)) as unknown,
    components: { schemas: Object.fromEntries(found.map((resource) => [schemaName(resource), withIdentity(resource)])) },
  };
}

export function openApiV2(registry: Registry): unknown {
  return {
    swagger: "2.0",
    info: { title: "Windlass", version: versionInfo.gitVersion },
    paths: {},
    definitions: Object.fromEntries(registry.all().map((resource) => [schemaName(resource), withIdentity(resource)])),
  };
}
