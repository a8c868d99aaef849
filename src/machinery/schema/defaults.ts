/** Defaulting and pruning of objects by a structural schema: what the API server does to a custom resource on its way in. */
import { fieldAt, type Schema } from "./types.ts";

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const childSchema = (schema: Schema, key: string): Schema | undefined =>
  schema.properties?.[key] ??
  (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);

/** What an embedded or root object always may carry. */
const resourceFields = new Set(["apiVersion", "kind", "metadata"]);

/** Fills in defaults; a null where the schema has a default and is not nullable counts as absent. Shares what it does not change. */
export function defaultObject(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? mapChanged(value, (item) => defaultObject(items, item)) : value;
  }
  if (!isObject(value)) return value;
  let result: Record<string, unknown> | undefined;
  const set = (key: string, next: unknown) => {
    result ??= { ...value };
    if (next === undefined) delete result[key];
    else result[key] = next;
  };
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    const present = value[key] !== undefined && (value[key] !== null || property.nullable);
    if (!present) set(key, structuredClone(property.default));
  }
  for (const key of Object.keys(result ?? value)) {
    const property = childSchema(schema, key);
    const old = (result ?? value)[key];
    // A null that the schema does not allow is dropped, as the API server prunes nulls before defaulting.
    if (old === null && property && !property.nullable && property.default === undefined && property.type)
      set(key, undefined);
    else if (property && typeof old === "object" && old !== null) {
      const next = defaultObject(property, old);
      if (next !== old) set(key, next);
    }
  }
  return result ?? value;
}

function mapChanged(list: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  const next = list.map(change);
  return next.some((item, at) => item !== list[at]) ? next : list;
}

interface Pruning {
  readonly unknown: string[];
  /** Whether unknown fields are removed, or only named. */
  readonly remove: boolean;
}

function walk(schema: Schema, value: unknown, path: string, pruning: Pruning): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? mapChanged(value, (item) => walk(items, item, fieldAt(path, value.indexOf(item)), pruning)) : value;
  }
  if (!isObject(value) || schema.additionalProperties === true) return value;
  const keepUnknown = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const isResource = path === "" || schema["x-kubernetes-embedded-resource"] === true;
  let result: Record<string, unknown> | undefined;
  for (const [key, old] of Object.entries(value)) {
    const property = childSchema(schema, key);
    const always = isResource && resourceFields.has(key);
    if (!property) {
      if (always || keepUnknown) continue;
      pruning.unknown.push(fieldAt(path, key));
      if (pruning.remove) delete (result ??= { ...value })[key];
      continue;
    }
    // Metadata is the API server's own business, whatever the schema says of it.
    if (always && key === "metadata") continue;
    const next = walk(property, old, fieldAt(path, key), pruning);
    if (next !== old) (result ??= { ...value })[key] = next;
  }
  return result ?? value;
}

/** Removes fields that the schema does not know. */
export function pruneObject(schema: Schema, value: unknown): unknown {
  return walk(schema, value, "", { unknown: [], remove: true });
}

/** Paths of the fields that `pruneObject` would remove. */
export function unknownFields(schema: Schema, value: unknown): readonly string[] {
  const pruning: Pruning = { unknown: [], remove: false };
  walk(schema, value, "", pruning);
  return pruning.unknown;
}
