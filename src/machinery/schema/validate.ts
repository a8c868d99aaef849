/** Validation of a value against a structural schema, with the API server's messages. CEL rules are in ../cel.ts. */
import { deepEqual } from "../deep-equal.ts";
import { type FieldError, type FieldErrorType, fieldAt, type Schema } from "./types.ts";

type JsonObject = Readonly<Record<string, unknown>>;

const patterns = new Map<string, RegExp>();

function patternOf(source: string): RegExp {
  const known = patterns.get(source);
  if (known) return known;
  const made = new RegExp(source, "u");
  patterns.set(source, made);
  return made;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function hasType(schema: Schema, value: unknown): boolean {
  const actual = typeOf(value);
  if (schema["x-kubernetes-int-or-string"]) return actual === "integer" || actual === "string";
  return !schema.type || schema.type === actual || (schema.type === "number" && actual === "integer");
}

class Errors {
  readonly list: FieldError[] = [];

  add(type: FieldErrorType, field: string, detail: string, value?: unknown): void {
    this.list.push({ type, field, detail, value });
  }
}

const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function checkString(schema: Schema, value: string, path: string, errors: Errors): void {
  const length = [...value].length;
  if (schema.maxLength !== undefined && length > schema.maxLength)
    errors.add("TooLong", path, `may not be more than ${schema.maxLength} bytes`, value);
  if (schema.minLength !== undefined && length < schema.minLength) {
    errors.add("Invalid", path, `${path} in body should be at least ${schema.minLength} chars long`, value);
  }
  if (schema.pattern !== undefined && !patternOf(schema.pattern).test(value)) {
    errors.add("Invalid", path, `${path} in body should match '${schema.pattern}'`, value);
  }
  if (schema.format === "date-time" && !dateTime.test(value)) {
    errors.add("Invalid", path, `${path} in body must be of type date-time: ${JSON.stringify(value)}`, value);
  }
}

const intLimits: Readonly<Record<string, number>> = { int32: 2 ** 31, int64: 2 ** 63 };

function checkNumber(schema: Schema, value: number, path: string, errors: Errors): void {
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.add(
      "Invalid",
      path,
      `${path} in body should be greater than ${schema.exclusiveMinimum ? "" : "or equal to "}${minimum}`,
      value,
    );
  }
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.add(
      "Invalid",
      path,
      `${path} in body should be less than ${schema.exclusiveMaximum ? "" : "or equal to "}${maximum}`,
      value,
    );
  }
  if (multipleOf !== undefined && value % multipleOf !== 0)
    errors.add("Invalid", path, `${path} in body should be a multiple of ${multipleOf}`, value);
  const limit = schema.type === "integer" ? intLimits[schema.format ?? ""] : undefined;
  if (limit !== undefined && (value < -limit || value > limit - 1)) {
    errors.add("Invalid", path, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`, value);
  }
}

function mapKey(item: unknown, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => (item as JsonObject | null)?.[key] ?? null));
}

function checkList(schema: Schema, value: readonly unknown[], path: string, errors: Errors): void {
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.add("TooMany", path, `must have at most ${schema.maxItems} items`, value.length);
  }
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.add("Invalid", path, `${path} in body should have at least ${schema.minItems} items`, value);
  }
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const seen = new Set<string>();
  for (const [at, item] of value.entries()) {
    if (listType === "map" || listType === "set") {
      const identity = listType === "map" ? mapKey(item, keys) : JSON.stringify(item);
      const shown =
        listType === "map" ? Object.fromEntries(keys.map((key) => [key, (item as JsonObject | null)?.[key]])) : item;
      if (seen.has(identity)) errors.add("Duplicate", fieldAt(path, at), "", shown);
      seen.add(identity);
    }
    if (schema.items) check(schema.items, item, fieldAt(path, at), errors);
  }
}

function checkObject(schema: Schema, value: JsonObject, path: string, errors: Errors): void {
  const count = Object.keys(value).length;
  if (schema.maxProperties !== undefined && count > schema.maxProperties)
    errors.add("TooMany", path, `must have at most ${schema.maxProperties} items`, count);
  if (schema.minProperties !== undefined && count < schema.minProperties) {
    errors.add("Invalid", path, `${path} in body should have at least ${schema.minProperties} properties`, value);
  }
  for (const name of schema.required ?? [])
    if (value[name] === undefined) errors.add("Required", fieldAt(path, name), "");
  for (const key in value) {
    const property = schema.properties?.[key];
    const additional = schema.additionalProperties;
    if (property) check(property, value[key], fieldAt(path, key), errors);
    else if (typeof additional === "object") check(additional, value[key], fieldAt(path, key), errors);
  }
}

function passes(schema: Schema, value: unknown, path: string): boolean {
  const errors = new Errors();
  check(schema, value, path, errors);
  return errors.list.length === 0;
}

function checkCombined(schema: Schema, value: unknown, path: string, errors: Errors): void {
  for (const part of schema.allOf ?? []) check(part, value, path, errors);
  if (
    schema.anyOf &&
    !schema["x-kubernetes-int-or-string"] &&
    !schema.anyOf.some((part) => passes(part, value, path))
  ) {
    errors.add("Invalid", path, `${path} in body must validate at least one schema (anyOf)`, value);
  }
  if (schema.oneOf && schema.oneOf.filter((part) => passes(part, value, path)).length !== 1) {
    errors.add("Invalid", path, `${path} in body must validate one and only one schema (oneOf)`, value);
  }
  if (schema.not && passes(schema.not, value, path))
    errors.add("Invalid", path, `${path} in body must not validate the schema (not)`, value);
}

function check(schema: Schema, value: unknown, path: string, errors: Errors): void {
  if (value === undefined || (value === null && schema.nullable)) return;
  if (!hasType(schema, value)) {
    const wanted = schema["x-kubernetes-int-or-string"] ? "integer or string" : schema.type;
    const shown = typeof value === "object" && value !== null ? typeOf(value) : JSON.stringify(value);
    const detail = `${path} in body must be of type ${wanted}: ${JSON.stringify(typeOf(value))}`;
    return errors.add("TypeInvalid", path, detail, typeof value === "string" || value === null ? typeOf(value) : shown);
  }
  if (schema.enum && !schema.enum.some((option) => deepEqual(option, value))) {
    errors.add(
      "NotSupported",
      path,
      `supported values: ${schema.enum.map((option) => JSON.stringify(option)).join(", ")}`,
      value,
    );
  }
  if (typeof value === "string") checkString(schema, value, path, errors);
  else if (typeof value === "number") checkNumber(schema, value, path, errors);
  else if (Array.isArray(value)) checkList(schema, value, path, errors);
  else if (typeof value === "object" && value !== null) checkObject(schema, value as JsonObject, path, errors);
  checkCombined(schema, value, path, errors);
}

/** Every violation of the schema in `value`; `path` is where the value stands (empty for a whole object). */
export function validateObject(schema: Schema, value: unknown, path = ""): readonly FieldError[] {
  const errors = new Errors();
  check(schema, value, path, errors);
  return errors.list;
}
