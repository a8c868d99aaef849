/**
 * Sets of fields as `fieldsV1` writes them (`f:` a member, `k:` an item by key, `v:` an item by value, `.` the thing itself):
 * made from values by their schema, compared, united. Pure.
 */
import { deepEqual } from "../../../machinery/deep-equal.ts";
import type { Schema } from "../../../machinery/schema/types.ts";

/** A node without members is a leaf. */
export interface Fields {
  readonly [element: string]: Fields;
}

type Json = Readonly<Record<string, unknown>>;
type Writable = Record<string, Fields>;

const leaf: Fields = Object.freeze({});
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isEmpty = (fields: Fields): boolean => Object.keys(fields).length === 0;

/** Keys that the types have a default for: a port without a protocol is a TCP port. */
const keyDefaults: Json = { protocol: "TCP" };

/** How an item of a list is told from the others. */
export function itemElement(schema: Schema, item: unknown): string {
  if (schema["x-kubernetes-list-type"] === "set") return `v:${JSON.stringify(item)}`;
  const keys = [...(schema["x-kubernetes-list-map-keys"] ?? [])].sort();
  const values = keys.map((key) => [key, (isObject(item) ? item[key] : undefined) ?? keyDefaults[key]] as const);
  return `k:${JSON.stringify(Object.fromEntries(values.filter(([, value]) => value !== undefined)))}`;
}

export const childOf = (schema: Schema | undefined, key: string): Schema | undefined =>
  schema?.properties?.[key] ??
  (typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined);

/** Lists whose items have owners of their own. */
export const isAssociative = (schema: Schema | undefined): schema is Schema => {
  const type = schema?.["x-kubernetes-list-type"];
  return type === "map" || type === "set";
};

/** Whether a value is owned member by member. */
const isGranular = (schema: Schema | undefined, value: unknown): boolean =>
  Array.isArray(value) ? isAssociative(schema) : isObject(value) && schema?.["x-kubernetes-map-type"] !== "atomic";

/** Members of a granular value: element, value, schema. */
export function membersOf(
  schema: Schema | undefined,
  value: unknown,
): readonly (readonly [element: string, value: unknown, schema: Schema | undefined])[] {
  if (Array.isArray(value))
    return value.map((item) => [itemElement(schema as Schema, item), item, schema?.items] as const);
  return Object.entries(value as Json)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => [`f:${key}`, member, childOf(schema, key)] as const);
}

/** Every field that `value` sets. */
export function fieldsOf(schema: Schema | undefined, value: unknown): Fields {
  if (!isGranular(schema, value)) return leaf;
  const result: Writable = {};
  for (const [element, member, below] of membersOf(schema, value)) {
    const inner = fieldsOf(below, member);
    result[element] = element.startsWith("k:") ? { ".": leaf, ...inner } : inner;
  }
  return result;
}

export interface Difference {
  /** New, or of another value. */
  readonly changed: Fields;
  readonly removed: Fields;
}

/** What became of fields between two values. */
export function compareFields(schema: Schema | undefined, before: unknown, after: unknown): Difference {
  const changed: Writable = {};
  const removed: Writable = {};
  const old = new Map(membersOf(schema, before).map(([element, value]) => [element, value] as const));
  for (const [element, value, below] of membersOf(schema, after)) {
    const was = old.get(element);
    old.delete(element);
    if (was === value || deepEqual(was, value)) continue;
    if (was === undefined) changed[element] = withSelf(element, fieldsOf(below, value));
    else if (isGranular(below, was) && isGranular(below, value) && Array.isArray(was) === Array.isArray(value)) {
      const inner = compareFields(below, was, value);
      if (!isEmpty(inner.changed)) changed[element] = inner.changed;
      if (!isEmpty(inner.removed)) removed[element] = inner.removed;
    } else changed[element] = fieldsOf(below, value);
  }
  for (const [element, , below] of membersOf(schema, before)) {
    if (old.has(element)) removed[element] = withSelf(element, fieldsOf(below, old.get(element)));
  }
  return { changed, removed };
}

const withSelf = (element: string, fields: Fields): Fields =>
  element.startsWith("k:") ? { ".": leaf, ...fields } : fields;

export function unite(a: Fields, b: Fields): Fields {
  const result: Writable = { ...a };
  for (const [element, fields] of Object.entries(b)) {
    const known = result[element];
    result[element] = known ? unite(known, fields) : fields;
  }
  return result;
}

/** `a` without what is in `b`. A leaf of `b` takes everything below it along. */
export function subtract(a: Fields, b: Fields): Fields {
  const result: Writable = {};
  for (const [element, fields] of Object.entries(a)) {
    const other = b[element];
    if (!other) result[element] = fields;
    else if (!isEmpty(other) && !isEmpty(fields)) {
      const left = subtract(fields, other);
      if (!isEmpty(left)) result[element] = left;
    }
  }
  return result;
}

/** Paths of `a` that are not in `b`. Here a leaf of `b` is itself alone: who applies an empty map sets nothing in it. */
export function difference(a: Fields, b: Fields): Fields {
  const result: Writable = {};
  for (const [element, fields] of Object.entries(a)) {
    const other = b[element];
    if (!other) result[element] = fields;
    else if (!isEmpty(fields)) {
      const left = difference(fields, other);
      if (!isEmpty(left)) result[element] = left;
    }
  }
  return result;
}

/** What is in both. A leaf has all that the other has below it. */
export function intersect(a: Fields, b: Fields): Fields {
  const result: Writable = {};
  for (const [element, fields] of Object.entries(a)) {
    const other = b[element];
    if (!other) continue;
    if (isEmpty(fields) || isEmpty(other)) result[element] = isEmpty(fields) ? other : fields;
    else {
      const both = intersect(fields, other);
      if (!isEmpty(both)) result[element] = both;
    }
  }
  return result;
}

function elementText(element: string): string {
  const body = element.slice(2);
  if (element.startsWith("f:")) return `.${body}`;
  if (element.startsWith("v:")) return `[=${body}]`;
  const keys = Object.entries(JSON.parse(body) as Json).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${keys.join(",")}]`;
}

/** Paths of the leaves, as conflicts name them: `.spec.containers[name="main"].image`. */
export function pathsOf(fields: Fields, prefix = ""): readonly string[] {
  return Object.entries(fields).flatMap(([element, below]) => {
    if (element === ".") return [prefix];
    const path = `${prefix}${elementText(element)}`;
    return isEmpty(below) ? [path] : pathsOf(below, path);
  });
}
