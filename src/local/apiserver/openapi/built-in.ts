/** The shapes of the built-in kinds, as schemas: read from built-in.json once, when first asked for. */
import type { Kind } from "../../../meta/object.ts";
import type { Schema } from "../../../machinery/schema/types.ts";
import shapes from "./built-in.json" with { type: "json" };

/** A schema with what strategic merge patches need to know. */
export interface TypeSchema extends Schema {
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
}

type Node = Readonly<Record<string, unknown>>;
export type Shapes = Readonly<Record<string, Node>>;

/** By definition name; parts refer to each other with `$ref: NAME`. */
export const builtInShapes: Shapes = shapes;

const prefixes: Readonly<Record<string, string>> = {
  "": "io.k8s.api.core",
  "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
};

/** The definition's name of a built-in kind: `io.k8s.api.batch.v1.Job`. */
export function shapeName({ group, version, kind }: Kind): string {
  return `${prefixes[group] ?? `io.k8s.api.${group.split(".")[0]}`}.${version}.${kind}`;
}

const resolved = new Map<string, Record<string, unknown>>();
const anything = { "x-kubernetes-preserve-unknown-fields": true };

function resolveNode(node: Node): Record<string, unknown> {
  const { $ref, properties, items, additionalProperties, ...own } = node;
  if (typeof $ref === "string")
    return Object.keys(own).length > 0 ? { ...resolveName($ref), ...own } : resolveName($ref);
  const isOpen = !properties && !additionalProperties && (own["type"] === "object" || own["type"] === undefined);
  return {
    ...own,
    ...(own["format"] === "int-or-string" ? { "x-kubernetes-int-or-string": true } : isOpen && anything),
    ...(properties !== undefined && { properties: mapValues(properties as Shapes, resolveNode) }),
    ...(items !== undefined && { items: resolveNode(items as Node) }),
    ...(additionalProperties !== undefined && { additionalProperties: resolveNode(additionalProperties as Node) }),
  };
}

const mapValues = (object: Shapes, change: (node: Node) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

/** Types may hold themselves: the entry is there before what is in it. */
function resolveName(name: string): Record<string, unknown> {
  const known = resolved.get(name);
  if (known) return known;
  const target: Record<string, unknown> = {};
  resolved.set(name, target);
  return Object.assign(target, resolveNode(builtInShapes[name] ?? {}));
}

/** The schema of a built-in kind; undefined when it is not known. */
export function builtInSchema(kind: Kind): TypeSchema | undefined {
  const name = shapeName(kind);
  return builtInShapes[name] ? resolveName(name) : undefined;
}
