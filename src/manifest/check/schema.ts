/** Compares a YAML tree with a schema, node by node, so that every problem has its place. Pure. */
import { isMap, isNode, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { closest } from "../../machinery/did-you-mean.ts";
import { type Aliases, follow, keyText, pairsOf } from "../read/aliases.ts";
import type { FieldSchema } from "../model/schema.ts";
import type { Report } from "./report.ts";

const at = (path: string, key: string | number) =>
  typeof key === "number" ? `${path}[${key}]` : path ? `${path}.${key}` : key;

function typeOfNumber(value: number): string {
  if (!Number.isFinite(value)) return "infinity or NaN";
  return Number.isInteger(value) ? "an integer" : "a number";
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return typeOfNumber(value);
  if (typeof value === "boolean") return "a boolean";
  return typeof value === "string" ? "a string" : "a map";
}

const typeNames: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "a string",
  integer: "an integer",
  number: "a number",
  boolean: "true or false",
};

function scalarMatches(schema: FieldSchema, value: unknown): boolean {
  switch (schema.type) {
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value);
    case "number":
      return Number.isFinite(value);
    case "boolean":
      return typeof value === "boolean";
    default:
      return schema.type === undefined;
  }
}

function matches(schema: FieldSchema, node: Node | null): boolean {
  if (schema.type === "object") return isMap(node);
  if (schema.type === "array") return isSeq(node);
  return isScalar(node) && scalarMatches(schema, node.value);
}

/** Only the schema's own keys: `constructor` is no field. */
function own(properties: FieldSchema["properties"], key: string): FieldSchema | undefined {
  return properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** Maps, lists and nothing are shown at their key: that is the line people look for. */
function hasBody(value: unknown): boolean {
  return isMap(value) || isSeq(value) || (isScalar(value) && value.value === null);
}

/** As it is written: 2.40 is not 2.4. */
function textOf({ value, source }: Scalar): string {
  return typeof value === "number" && source ? source : JSON.stringify(value);
}

/** What to write instead, when it is only quotes that are wrong. */
function quotingRemedy(schema: FieldSchema, { value, source }: Scalar): string | undefined {
  if (schema.type === "string" && (typeof value === "number" || typeof value === "boolean"))
    return schema.enum?.includes(String(value)) === false
      ? `one of: ${schema.enum.join(", ")}`
      : `put it in quotes: "${source ?? String(value)}${typeof value === "number" ? (schema.unit ?? "") : ""}"`;
  const gigabytes = /^(\d+(?:\.\d+)?)\s*Gi?B?$/.exec(String(value));
  if (schema.type === "number" && gigabytes) return `the unit is GB; write the number: ${gigabytes[1]}`;
  if (
    (schema.type === "integer" || schema.type === "number") &&
    typeof value === "string" &&
    value.trim() !== "" &&
    !Number.isNaN(Number(value))
  )
    return `remove the quotes: ${value}`;
  if (schema.type === "boolean" && typeof value === "string" && /^(yes|no|on|off|true|false)$/i.test(value))
    return `write ${/^(yes|on|true)$/i.test(value) ? "true" : "false"}`;
  return undefined;
}

function shapeRemedy({ type = "string" }: FieldSchema, node: Node | null): string {
  if (type === "array" && isMap(node)) return "start each list item with `- `";
  if (type === "string" && isSeq(node)) return "write it as one string";
  return node === null || isScalar(node) ? `write ${typeNames[type]}, or remove it` : `write ${typeNames[type]}`;
}

/** Every place in the schema where a field of that name stands. */
function placesOf(schema: FieldSchema, key: string, path = ""): readonly string[] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  const below = Object.entries(properties).flatMap(([name, one]) => [
    ...(name === key ? [at(path, name)] : []),
    ...placesOf(one, key, at(path, name)),
  ]);
  const free = additionalProperties ? placesOf(additionalProperties, key, at(path, "<name>")) : [];
  const listed = items ? placesOf(items, key, `${path}[]`) : [];
  return [...below, ...free, ...listed, ...anyOf.flatMap((one) => placesOf(one, key, path))];
}

/** Fields that only one operator has. */
const ofOperator: Readonly<Record<string, string>> = {
  completions: "jobset",
  parallelisms: "jobset",
  rayStartParams: "kuberay",
};
const mostPlaces = 3;

class SchemaCheck {
  readonly #root: FieldSchema;
  readonly #aliases: Aliases;
  readonly #report: Report;

  constructor(root: FieldSchema, aliases: Aliases, report: Report) {
    this.#root = root;
    this.#aliases = aliases;
    this.#report = report;
  }

  run(given: unknown): void {
    this.#check(this.#root, given, "");
  }

  #check(schema: FieldSchema, given: unknown, path: string, place: unknown = given): void {
    const node = follow(this.#aliases, given);
    const isNull = node === null || (isScalar(node) && node.value === null);
    if (isNull && schema.nullable) return;
    if (schema.anyOf) {
      const fitting = schema.anyOf.find((option) => matches(option, node));
      if (fitting) return this.#check(fitting, node, path, place);
      const wanted = schema.anyOf.map((option) => typeNames[option.type ?? ""] ?? "a value").join(" or ");
      return this.#report(
        "MANIFEST_TYPE",
        { node: place, path },
        `${path} must be ${wanted}, not ${this.#shown(node)}`,
        { remedy: `write ${wanted}` },
      );
    }
    if (!matches(schema, node)) {
      const remedy = (isScalar(node) && quotingRemedy(schema, node)) || shapeRemedy(schema, node);
      const message = isNull
        ? `${path} has no value; it must be ${typeNames[schema.type ?? ""]}`
        : `${path} must be ${typeNames[schema.type ?? ""]}, not ${this.#shown(node)}`;
      return this.#report("MANIFEST_TYPE", { node: place, path }, message, { remedy });
    }
    if (isMap(node)) this.#map(schema, node, { path, node: place });
    else if (isSeq(node)) this.#list(schema, node.items, path, place);
    else if (isScalar(node)) this.#scalar(schema, node.value, path, place);
  }

  #shown(node: Node | null): string {
    if (isScalar(node)) return node.value === null ? "null" : `${typeOf(node.value)} (${textOf(node)})`;
    return isSeq(node) ? "a list" : "a map";
  }

  #map(schema: FieldSchema, map: YAMLMap, place: { readonly path: string; readonly node: unknown }): void {
    const { path } = place;
    const { properties, additionalProperties, required = [], minProperties = 0 } = schema;
    const pairs: readonly Pair[] = pairsOf(this.#aliases, map);
    for (const pair of pairs) {
      const key = keyText(pair);
      const below = own(properties, key) ?? (additionalProperties === false ? undefined : additionalProperties);
      const where = isNode(pair.value) && !hasBody(pair.value) ? pair.value : pair.key;
      if (below) this.#check(below, pair.value, at(path, key), where);
      else if (additionalProperties === false)
        this.#unknown(Object.keys(properties ?? {}), pair.key, at(path, key), key);
    }
    if (pairs.length < minProperties)
      this.#report("MANIFEST_REQUIRED", place, `${path} needs at least one entry`, { remedy: "add an entry" });
    // A required field that is misspelt is one mistake, not two.
    const names = new Set(pairs.map(keyText));
    const known = Object.keys(properties ?? {});
    const meant = new Set([...names].map((key) => (known.includes(key) ? key : this.#meant(key, known))));
    for (const name of required.filter((key) => !meant.has(key))) {
      const about = properties?.[name]?.description;
      this.#report(
        "MANIFEST_REQUIRED",
        { ...place, path: at(path, name) },
        `${at(path, name)} is missing${about ? `: ${about}` : ""}`,
        { remedy: `add ${name}` },
      );
    }
  }

  #unknown(known: readonly string[], node: unknown, path: string, key: string): void {
    const remedy = this.#wayOut(key, known);
    this.#report("MANIFEST_UNKNOWN_KEY", { node, path }, `${path} is not a field of the manifest`, { remedy });
  }

  /** What to do about a field that is not known here: one that is spelt right has its place, others are misspelt. */
  #wayOut(key: string, known: readonly string[]): string {
    const near = this.#meant(key, known);
    if (near) return `did you mean ${near}?`;
    const places = placesOf(this.#root, key);
    if (places.length > 0 && places.length <= mostPlaces) return `it belongs at ${places.join(" or ")}`;
    const operator = Object.hasOwn(ofOperator, key) ? ofOperator[key] : undefined;
    return places.length === 0 && operator
      ? `only the operator ${operator} supports it`
      : `valid fields: ${known.join(", ")}`;
  }

  /** The field that a misspelt one stands for; undefined where it is spelt right, and belongs elsewhere. */
  #meant(key: string, known: readonly string[]): string | undefined {
    const places = placesOf(this.#root, key).length;
    return places > 0 && places <= mostPlaces ? undefined : closest(key, known);
  }

  #list(schema: FieldSchema, items: readonly unknown[], path: string, place: unknown): void {
    if (items.length < (schema.minItems ?? 0))
      this.#report("MANIFEST_REQUIRED", { node: place, path }, `${path} needs at least ${schema.minItems} entry`, {
        remedy: "add one",
      });
    for (const [index, item] of items.entries()) if (schema.items) this.#check(schema.items, item, at(path, index));
  }

  #scalar(schema: FieldSchema, value: unknown, path: string, place: unknown): void {
    if (schema.enum && !schema.enum.includes(String(value))) {
      const near = closest(String(value), schema.enum);
      const remedy = near ? `did you mean ${near}?` : `one of: ${schema.enum.join(", ")}`;
      this.#report("MANIFEST_VALUE", { node: place, path }, `${path} has the invalid value ${JSON.stringify(value)}`, {
        remedy,
      });
    }
    if (typeof value === "number" && schema.minimum !== undefined && value < schema.minimum) {
      this.#report(
        "MANIFEST_RANGE",
        { node: place, path },
        `${path} must be at least ${schema.minimum}, not ${value}`,
        {
          remedy: `write ${schema.minimum} or more`,
        },
      );
    }
    if (typeof value === "number" && schema.maximum !== undefined && value > schema.maximum) {
      this.#report("MANIFEST_RANGE", { node: place, path }, `${path} must be at most ${schema.maximum}, not ${value}`, {
        remedy: `write ${schema.maximum} or less`,
      });
    }
  }
}

/** Compares a whole document, of which `aliases` are known, with the root schema. */
export function checkSchema(
  schema: FieldSchema,
  { contents, aliases }: { readonly contents: unknown; readonly aliases: Aliases },
  report: Report,
): void {
  new SchemaCheck(schema, aliases, report).run(contents);
}
