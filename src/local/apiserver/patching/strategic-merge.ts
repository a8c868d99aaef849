/**
 * Strategic merge patch: a merge patch that merges lists by key where the type says so, with directives ($patch,
 * $setElementOrder, $deleteFromPrimitiveList, $retainKeys). Pure. Only built-in kinds have the types it needs.
 */
import { deepEqual } from "../../../machinery/deep-equal.ts";
import type { Schema } from "../../../machinery/schema/types.ts";
import type { TypeSchema } from "../openapi/built-in.ts";

type Json = Readonly<Record<string, unknown>>;

export class StrategicPatchError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StrategicPatchError";
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const orderPrefix = "$setElementOrder/";
const deletePrefix = "$deleteFromPrimitiveList/";

const isDirective = (key: string): boolean =>
  key.startsWith("$") &&
  (key === "$patch" || key === "$retainKeys" || key.startsWith(orderPrefix) || key.startsWith(deletePrefix));

/** A patch's value where there is nothing to merge it with: directives and nulls mean nothing there. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !(isObject(item) && item["$patch"] !== undefined)).map(bare);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key, member]) => !isDirective(key) && member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, bare(member)]));
}

const childOf = (schema: Schema | undefined, key: string): TypeSchema | undefined =>
  schema?.properties?.[key] ??
  (typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined);

const strategiesOf = (schema: TypeSchema | undefined): readonly string[] =>
  (schema?.["x-kubernetes-patch-strategy"] ?? "").split(",");

function mergeMap(schema: TypeSchema | undefined, live: Json, patch: Json): Json {
  const { $patch: directive, ...rest } = patch;
  if (directive === "replace") return bare(rest) as Json;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge")
    throw new StrategicPatchError(`unknown $patch directive ${JSON.stringify(directive)}`);
  const result: Record<string, unknown> = retained(live, rest);
  for (const key of keysOf(rest)) {
    const value = rest[key];
    const child = childOf(schema, key);
    if (value === null) delete result[key];
    else {
      const merged = mergeMember({
        child,
        live: result[key],
        value,
        order: rest[`${orderPrefix}${key}`],
        removed: rest[`${deletePrefix}${key}`],
      });
      if (merged !== undefined) result[key] = merged;
    }
  }
  return result;
}

/** Fields the patch names, itself or in a directive. */
function keysOf(patch: Json): ReadonlySet<string> {
  const keys = Object.keys(patch).filter((key) => key !== "$retainKeys");
  return new Set(keys.map((key) => key.replace(orderPrefix, "").replace(deletePrefix, "")));
}

function retained(live: Json, patch: Json): Record<string, unknown> {
  const keep = patch["$retainKeys"] as readonly string[] | undefined;
  return Object.fromEntries(Object.entries(live).filter(([key]) => !keep || keep.includes(key)));
}

interface Member {
  readonly child: TypeSchema | undefined;
  readonly live: unknown;
  readonly value: unknown;
  readonly order: unknown;
  readonly removed: unknown;
}

function mergeMember({ child, live, value, order, removed }: Member): unknown {
  if (isObject(value)) {
    const merges = isObject(live) && !strategiesOf(child).includes("replace");
    return merges ? mergeMap(child, live, value) : value["$patch"] === "delete" ? undefined : bare(value);
  }
  const isList = Array.isArray(value) || Array.isArray(order) || Array.isArray(removed);
  if (!isList) return value;
  if (!strategiesOf(child).includes("merge")) return value === undefined ? live : bare(value);
  const before = Array.isArray(live) ? (live as readonly unknown[]) : [];
  const key = child?.["x-kubernetes-patch-merge-key"];
  const merged = key
    ? mergeByKey({ schema: child, key }, before, (value ?? []) as readonly unknown[])
    : mergePrimitives(before, (value ?? []) as readonly unknown[], (removed ?? []) as readonly unknown[]);
  return Array.isArray(order) ? ordered({ key, before }, merged, order as readonly unknown[]) : merged;
}

function mergePrimitives(
  live: readonly unknown[],
  added: readonly unknown[],
  removed: readonly unknown[],
): readonly unknown[] {
  const left = live.filter((item) => !removed.some((gone) => deepEqual(gone, item)));
  return [...left, ...added.filter((item) => !left.some((one) => deepEqual(one, item)))];
}

interface Keyed {
  readonly schema: TypeSchema | undefined;
  readonly key: string;
}

function mergeByKey({ schema, key }: Keyed, live: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  if (patch.some((item) => isObject(item) && item["$patch"] === "replace" && Object.keys(item).length === 1))
    return bare(patch) as readonly unknown[];
  const result = [...live];
  for (const item of patch) {
    if (!isObject(item)) throw new StrategicPatchError("items of a list that is merged by key must be objects");
    if (item[key] === undefined)
      throw new StrategicPatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const at = result.findIndex((one) => isObject(one) && deepEqual(one[key], item[key]));
    if (item["$patch"] === "delete") {
      if (at >= 0) result.splice(at, 1);
    } else if (at < 0) result.push(bare(item));
    else result[at] = mergeMap(schema?.items, result[at] as Json, item);
  }
  return result;
}

/** Items the order names come in that order; the others keep their place among those they stood with before. */
function ordered(
  { key, before }: { readonly key: string | undefined; readonly before: readonly unknown[] },
  items: readonly unknown[],
  order: readonly unknown[],
): readonly unknown[] {
  const identity = (item: unknown) => (key && isObject(item) ? item[key] : item);
  const rank = (item: unknown) => order.findIndex((one) => deepEqual(identity(one), identity(item)));
  const place = (item: unknown) => before.findIndex((one) => deepEqual(identity(one), identity(item)));
  const named = items.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  const others = items.filter((item) => rank(item) < 0);
  const result: unknown[] = [];
  for (const item of named) {
    const at = place(item);
    while (at >= 0 && others.length > 0 && place(others[0]) < at) result.push(others.shift());
    result.push(item);
  }
  return [...result, ...others];
}

/** A new object; shares what the patch does not touch. Throws StrategicPatchError. */
export function applyStrategicPatch(schema: TypeSchema, live: unknown, patch: unknown): unknown {
  if (!isObject(live) || !isObject(patch)) throw new StrategicPatchError("a strategic merge patch must be an object");
  return mergeMap(schema, live, patch);
}
