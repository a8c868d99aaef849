/**
 * Server-side apply and the bookkeeping it lives on (`metadata.managedFields`). Pure: objects in, objects out.
 * Knows nothing of validation or storage.
 */
import { apiVersionOf, type Kind, type ManagedFieldsEntry, type UnknownObject } from "../../../meta/object.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import type { Schema } from "../../../machinery/schema/types.ts";
import {
  childOf,
  compareFields,
  difference,
  type Fields,
  fieldsOf,
  intersect,
  isAssociative,
  isEmpty,
  isObject,
  itemElement,
  pathsOf,
  subtract,
  unite,
} from "./field-sets.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Writer {
  readonly manager: string;
  readonly kind: Kind;
  readonly subresource?: string;
  /** RFC 3339. */
  readonly time: string;
  readonly schema?: Schema;
}

/** Fields of another manager that an apply would change. */
export interface FieldConflict {
  readonly manager: string;
  readonly apiVersion: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly path: string;
}

export class ApplyConflictError extends Error {
  readonly conflicts: readonly FieldConflict[];

  constructor(conflicts: readonly FieldConflict[]) {
    super(`Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? "" : "s"}`);
    this.name = "ApplyConflictError";
    this.conflicts = conflicts;
  }
}

const system = new Set([
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
  "generateName",
]);

/** The part of an object that can have owners. */
function owned(object: UnknownObject): Json {
  const { apiVersion: _v, kind: _k, metadata, ...rest } = object;
  const kept = Object.entries(metadata ?? {}).filter(([key, value]) => !system.has(key) && value !== undefined);
  return kept.length > 0 ? { ...rest, metadata: Object.fromEntries(kept) } : rest;
}

const fieldsIn = (entry: ManagedFieldsEntry | undefined): Fields => (entry?.fieldsV1 ?? {}) as Fields;
const isEntryOf = (entry: ManagedFieldsEntry, { manager, subresource }: Writer, operation: string): boolean =>
  entry.manager === manager && entry.operation === operation && (entry.subresource ?? "") === (subresource ?? "");

function entryFor(
  { manager, kind, subresource, time }: Writer,
  operation: "Apply" | "Update",
  fields: Fields,
): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion: apiVersionOf(kind),
    time,
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    ...(subresource && { subresource }),
  };
}

/** Replaces an entry's fields; its time moves only when they do. */
function withFields(entry: ManagedFieldsEntry, fields: Fields, time: string): ManagedFieldsEntry {
  return deepEqual(entry.fieldsV1, fields) ? entry : { ...entry, fieldsV1: fields, time };
}

const nonEmpty = (entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] =>
  entries.filter((entry) => !isEmpty(fieldsIn(entry)));
const withEntries = (object: UnknownObject, managedFields: readonly ManagedFieldsEntry[]): UnknownObject => {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(managedFields.length > 0 && { managedFields }) } };
};

/** `next` with what the writer changed since `old` noted as the writer's, and taken from all others. */
export function trackUpdate(old: UnknownObject | undefined, next: UnknownObject, writer: Writer): UnknownObject {
  const { changed, removed } = compareFields(writer.schema, old ? owned(old) : {}, owned(next));
  const entries = old?.metadata.managedFields ?? [];
  if (isEmpty(changed) && isEmpty(removed)) return withEntries(next, entries);
  const gone = unite(changed, removed);
  const mine = entries.find((entry) => isEntryOf(entry, writer, "Update"));
  const others = entries
    .filter((entry) => entry !== mine)
    .map((entry) => withFields(entry, subtract(fieldsIn(entry), gone), entry.time ?? writer.time));
  const fields = unite(subtract(fieldsIn(mine), removed), changed);
  return withEntries(next, nonEmpty([...others, entryFor(writer, "Update", fields)]));
}

/** `live` with all that `config` sets. */
function merge(schema: Schema | undefined, live: unknown, config: unknown): unknown {
  if (isObject(live) && isObject(config) && schema?.["x-kubernetes-map-type"] !== "atomic") {
    const result: Record<string, unknown> = { ...live };
    for (const [key, value] of Object.entries(config)) result[key] = merge(childOf(schema, key), live[key], value);
    return result;
  }
  if (!Array.isArray(live) || !Array.isArray(config) || !isAssociative(schema)) return config;
  const wanted = new Map(config.map((item: unknown) => [itemElement(schema, item), item] as const));
  const kept = live.map((item: unknown) => {
    const element = itemElement(schema, item);
    const over = wanted.get(element);
    wanted.delete(element);
    return over === undefined ? item : merge(schema.items, item, over);
  });
  return [...kept, ...wanted.values()];
}

/** `value` without `fields`; undefined when nothing of it is left. */
function without(schema: Schema | undefined, value: unknown, fields: Fields): unknown {
  if (isEmpty(fields)) return undefined;
  if (Array.isArray(value) && isAssociative(schema)) {
    const left = value.flatMap((item: unknown) => {
      const gone = fields[itemElement(schema, item)];
      if (!gone) return [item];
      // An item goes when it was owned as such; else only what was owned of it.
      if (isEmpty(gone) || gone["."]) return [];
      return [without(schema.items, item, gone) ?? item];
    });
    return left.length > 0 ? left : undefined;
  }
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = { ...value };
  for (const [element, gone] of Object.entries(fields)) {
    const key = element.slice(2);
    if (!(key in result)) continue;
    const left = without(childOf(schema, key), result[key], gone);
    if (left === undefined) delete result[key];
    else result[key] = left;
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

export interface ApplyRequest {
  readonly writer: Writer;
  readonly config: UnknownObject;
  readonly force: boolean;
}

/** The object to create when an apply names one that is not there. */
export function applyNew({ writer, config }: Omit<ApplyRequest, "force">): readonly ManagedFieldsEntry[] {
  return nonEmpty([entryFor(writer, "Apply", fieldsOf(writer.schema, owned(config)))]);
}

/** Merges `config` into `live`. Throws ApplyConflictError when that changes what others own and `force` is not set. */
export function serverSideApply(live: UnknownObject, { writer, config, force }: ApplyRequest): UnknownObject {
  const { schema, time } = writer;
  const entries = live.metadata.managedFields ?? [];
  const mine = entries.find((entry) => isEntryOf(entry, writer, "Apply"));
  const others = entries.filter((entry) => entry !== mine);
  const set = fieldsOf(schema, owned(config));
  const dropped = others.reduce((left, entry) => difference(left, fieldsIn(entry)), difference(fieldsIn(mine), set));
  const merged = merge(schema, owned(live), owned(config)) as Json;
  const result = (isEmpty(dropped) ? merged : (without(schema, merged, dropped) ?? {})) as Json;
  const { changed } = compareFields(schema, owned(live), result);
  const contested = others
    .map((entry) => ({ entry, fields: intersect(fieldsIn(entry), changed) }))
    .filter(({ fields }) => !isEmpty(fields));
  if (contested.length > 0 && !force)
    throw new ApplyConflictError(contested.flatMap(({ entry, fields }) => conflictsOf(entry, fields)));
  const left = others.map((entry) => withFields(entry, subtract(fieldsIn(entry), changed), entry.time ?? time));
  const own = mine ? withFields(mine, set, time) : entryFor(writer, "Apply", set);
  return withEntries(restore(live, result), nonEmpty([...left, own]));
}

const conflictsOf = (entry: ManagedFieldsEntry, fields: Fields): readonly FieldConflict[] =>
  pathsOf(fields).map((path) => ({
    manager: entry.manager ?? "",
    apiVersion: entry.apiVersion ?? "",
    operation: entry.operation ?? "",
    ...(entry.subresource && { subresource: entry.subresource }),
    path,
  }));

/** Puts the system's fields of `live` back around what can be owned. */
function restore(live: UnknownObject, result: Json): UnknownObject {
  const kept = Object.entries(live.metadata).filter(([key]) => system.has(key));
  const metadata = { ...Object.fromEntries(kept), ...(result["metadata"] as Json | undefined) };
  return { apiVersion: live.apiVersion, kind: live.kind, ...result, metadata };
}
