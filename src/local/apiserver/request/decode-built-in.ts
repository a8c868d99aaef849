/** What Kubernetes' decoder does to a built-in object: nulls are as good as absent, wrong types are refused, unknown fields named. */
import { fieldAt, type Schema } from "../../../machinery/schema/types.ts";

export interface Decoded {
  readonly value: unknown;
  readonly unknown: readonly string[];
  /** The first value of a wrong type. */
  readonly mismatch?: string;
}

interface Findings {
  readonly unknown: string[];
  mismatch?: string;
}

const nameOf = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

const goTypes: Readonly<Record<string, string>> = { boolean: "bool", integer: "int", array: "slice", object: "struct" };

function fits({ type }: Schema, value: unknown): boolean {
  switch (type) {
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case undefined:
      return true;
    default:
      return typeof value === type;
  }
}

/** Fields that are null on purpose: a time that is not set. */
const keepsNull = new Set(["creationTimestamp", "lastProbeTime", "renewTime"]);

function walk(schema: Schema, value: unknown, path: string, findings: Findings): unknown {
  if (!fits(schema, value)) {
    findings.mismatch ??= `json: cannot unmarshal ${nameOf(value)} into field ${path} of type ${goTypes[schema.type ?? ""] ?? schema.type}`;
    return value;
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item, at) => walk(items, item, fieldAt(path, at), findings)) : value;
  }
  if (typeof value !== "object" || value === null || schema["x-kubernetes-preserve-unknown-fields"]) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const below =
      schema.properties?.[key] ??
      (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
    if (!below) findings.unknown.push(fieldAt(path, key));
    else if (member === null && keepsNull.has(key)) copy[key] = null;
    else if (member !== null) copy[key] = walk(below, member, fieldAt(path, key), findings);
  }
  return copy;
}

export function decodeBuiltIn(schema: Schema, value: unknown): Decoded {
  const findings: Findings = { unknown: [] };
  const decoded = walk(schema, value, "", findings);
  return { value: decoded, ...findings };
}
