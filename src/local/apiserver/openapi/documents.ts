/** OpenAPI documents made from the registry: v3 per group and version (explain, validation), v2 for older clients. */
import { apiVersionOf, type Kind } from "../../../meta/object.ts";
import type { Registry, ResourceType } from "../kinds/registry.ts";
import { builtInShapes, shapeName } from "./built-in.ts";

type Json = Readonly<Record<string, unknown>>;
const info = { title: "Windlass", version: "v1" } as const;
const metaName = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

const rootPath = ({ group, version }: Pick<Kind, "group" | "version">): string =>
  group ? `apis/${group}/${version}` : `api/${version}`;

/** The definition's name of any kind: custom ones have their group's parts turned round. */
function definitionName(type: ResourceType): string {
  if (!type.custom) return shapeName(type.kind);
  return `${type.kind.group.split(".").reverse().join(".")}.${type.kind.version}.${type.kind.kind}`;
}

/** References and what stands beside them, as OpenAPI writes them. */
function withReferences(node: unknown, prefix: string): unknown {
  if (Array.isArray(node)) return node.map((item) => withReferences(item, prefix));
  if (typeof node !== "object" || node === null) return node;
  const { $ref, ...own } = node as Json;
  if (typeof $ref !== "string")
    return Object.fromEntries(Object.entries(own).map(([key, value]) => [key, withReferences(value, prefix)]));
  const reference = { $ref: `${prefix}${$ref}` };
  return Object.keys(own).length > 0 && prefix.startsWith("#/components") ? { ...own, allOf: [reference] } : reference;
}

const identity = ({ kind: { group, version, kind } }: ResourceType) => ({
  "x-kubernetes-group-version-kind": [{ group, version, kind }],
});

function customDefinition(type: ResourceType, prefix: string): Json {
  const { "x-kubernetes-validations": _, ...schema } = (type.schema ?? { type: "object" }) as Json;
  const properties = { ...(schema["properties"] as Json | undefined), metadata: { $ref: `${prefix}${metaName}` } };
  return {
    ...schema,
    properties: { apiVersion: { type: "string" }, kind: { type: "string" }, ...properties },
    ...identity(type),
  };
}

/** The definition of a type and of all it refers to, into `found`. */
function collect(name: string, prefix: string, found: Record<string, unknown>): void {
  const queue = new Set([name]);
  for (const one of queue) {
    const shape = builtInShapes[one];
    if (!shape || one in found) continue;
    found[one] = withReferences(shape, prefix);
    for (const [, reference] of JSON.stringify(shape).matchAll(/"\$ref":"([^"]+)"/g)) queue.add(reference as string);
  }
}

function definitionsOf(types: readonly ResourceType[], prefix: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const type of types) {
    if (type.custom) {
      found[definitionName(type)] = customDefinition(type, prefix);
      collect(metaName, prefix, found);
    } else collect(definitionName(type), prefix, found);
  }
  return found;
}

const parameter = (name: string) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } });
const writeParameters = ["dryRun", "fieldManager", "fieldValidation", "force", "pretty"].map(parameter);

/** kubectl reads from the operations which parameters the server knows. */
function pathsOf(type: ResourceType): Record<string, unknown> {
  const { group, version, kind, namespaced, resource } = type.kind;
  const collection = `/${rootPath(type.kind)}${namespaced ? "/namespaces/{namespace}" : ""}/${resource}`;
  const operation = (action: string, parameters: readonly unknown[] = []) => ({
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
    parameters,
    responses: { 200: { description: "OK" } },
  });
  return {
    [collection]: {
      get: operation("list"),
      post: operation("post", writeParameters),
      delete: operation("deletecollection"),
    },
    [`${collection}/{name}`]: {
      get: operation("get"),
      put: operation("put", writeParameters),
      patch: operation("patch", writeParameters),
      delete: operation("delete", [parameter("dryRun")]),
    },
  };
}

export function openApiIndex(registry: Registry): unknown {
  const roots = new Set(registry.types.map(({ kind }) => rootPath(kind)));
  // The hash is what clients cache by: it moves with the kinds that are served.
  const url = (root: string) => ({ serverRelativeURL: `/openapi/v3/${root}?hash=${registry.revision}` });
  return { paths: Object.fromEntries([...roots].map((root) => [root, url(root)])) };
}

/** The document at `/openapi/v3/PATH`; undefined when nothing is served there. */
export function openApiDocument(registry: Registry, path: string): unknown {
  const types = registry.types.filter(({ kind }) => rootPath(kind) === path);
  if (types.length === 0) return undefined;
  const prefix = "#/components/schemas/";
  return {
    openapi: "3.0.0",
    info: { ...info, description: apiVersionOf(types[0]?.kind as Kind) },
    paths: Object.assign({}, ...types.map(pathsOf)) as unknown,
    components: { schemas: definitionsOf(types, prefix) },
  };
}

export function openApiV2(registry: Registry): unknown {
  const paths = Object.assign({}, ...registry.types.map(pathsOf)) as unknown;
  return { swagger: "2.0", info, paths, definitions: definitionsOf(registry.types, "#/definitions/") };
}
