/**
 * Makes built-in.json from the OpenAPI v3 documents of a Kubernetes release: the shape of every built-in kind served here
 * (types, lists' keys, patch strategies), without texts. Run: node extract.ts FOLDER_OF_OPENAPI_V3_DOCUMENTS
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as kinds from "../../../api/core/kinds.ts";
import type { Kind } from "../../../meta/object.ts";

type Node = Record<string, unknown>;

const kept = new Set([
  "type",
  "format",
  "enum",
  "required",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-patch-strategy",
  "x-kubernetes-patch-merge-key",
  "x-kubernetes-group-version-kind",
]);
const prefix = "#/components/schemas/";

/** A schema without descriptions and defaults; references stay. */
function slim(schema: Node, refs: Set<string>): Node {
  const only = (schema["allOf"] as readonly Node[] | undefined)?.[0];
  const ref = (schema["$ref"] ?? only?.["$ref"]) as string | undefined;
  const own = Object.fromEntries(Object.entries(schema).filter(([key]) => kept.has(key)));
  if (ref) {
    const name = ref.slice(prefix.length);
    refs.add(name);
    return { ...own, $ref: name };
  }
  const { properties, items, additionalProperties } = schema as {
    properties?: Record<string, Node>;
    items?: Node;
    additionalProperties?: Node;
  };
  const slimmed = Object.entries(properties ?? {}).map(([key, value]) => [key, slim(value, refs)] as const);
  return {
    ...own,
    ...(properties && { properties: Object.fromEntries(slimmed) }),
    ...(items && { items: slim(items, refs) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: slim(additionalProperties, refs) }),
  };
}

function isKind(schema: Node, kind: Kind): boolean {
  const list = (schema["x-kubernetes-group-version-kind"] ?? []) as readonly {
    group: string;
    version: string;
    kind: string;
  }[];
  return (
    list.length === 1 && list[0]?.group === kind.group && list[0].version === kind.version && list[0].kind === kind.kind
  );
}

function extract(folder: string): Record<string, Node> {
  const found: Record<string, Node> = {};
  for (const kind of Object.values(kinds)) {
    const file = kind.group === "" ? `api__${kind.version}` : `apis__${kind.group}__${kind.version}`;
    const text = readFileSync(join(folder, `${file}_openapi.json`), "utf8");
    const { schemas } = (JSON.parse(text) as { components: { schemas: Record<string, Node> } }).components;
    const roots = Object.keys(schemas).filter((name) => isKind(schemas[name] as Node, kind));
    const queue = new Set(roots);
    for (const name of queue) found[name] ??= slim(schemas[name] ?? {}, queue);
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

writeFileSync(join(import.meta.dirname, "built-in.json"), `${JSON.stringify(extract(process.argv[2] ?? ""))}\n`);
