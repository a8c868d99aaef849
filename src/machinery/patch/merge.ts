/** JSON merge patch (RFC 7396): applying one, making one, and making one of only the fields somebody cares for. */
import { deepEqual } from "../deep-equal.ts";

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const empty: JsonObject = Object.freeze({});

/** Returns a new value; shares what the patch does not touch with `target`. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) setOwn(result, key, applyMergePatch(result[key], value));
  }
  return result;
}

/** Assigns without ever reaching a prototype (`__proto__` is an ordinary key in JSON). */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/**
 * The smallest merge patch that turns `before` into `after`; undefined when they are equal.
 * `after` must not hold null as an object's member: a merge patch cannot express it.
 */
export function diffMergePatch(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return deepEqual(before, after) ? undefined : after;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(before)) {
    if (before[key] !== undefined && after[key] === undefined) setOwn(patch, key, null);
  }
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const difference = key in before && before[key] !== undefined ? diffMergePatch(before[key], value) : value;
    if (difference !== undefined) setOwn(patch, key, difference);
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/**
 * A merge patch of only those fields of `desired` that differ in `live`; undefined when there are none. Fields that
 * `desired` does not name are left alone; lists are compared whole; null in `desired` removes a field.
 */
export function subsetPatch(desired: unknown, live: unknown): unknown {
  if (!isObject(desired)) return deepEqual(desired, live) ? undefined : desired;
  const current = isObject(live) ? live : empty;
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(desired)) {
    if (value === undefined) continue;
    if (value === null) {
      if (current[key] !== undefined) setOwn(patch, key, null);
      continue;
    }
    const difference = subsetPatch(value, current[key]);
    if (difference !== undefined) setOwn(patch, key, difference);
  }
  if (Object.keys(patch).length > 0) return patch;
  return isObject(live) ? undefined : desired;
}
