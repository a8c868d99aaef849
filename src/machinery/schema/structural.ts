/** Whether a schema is structural, as a CustomResourceDefinition must be: the rules that a user's own CRD may break. */
import { type FieldError, fieldAt, type Schema } from "./types.ts";

const forbidden = [
  "definitions",
  "dependencies",
  "deprecated",
  "discriminator",
  "id",
  "patternProperties",
  "readOnly",
  "writeOnly",
  "xml",
  "$ref",
];

function check(schema: Schema, path: string, found: FieldError[]): void {
  const loose = schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"];
  if (!schema.type && !loose)
    found.push({
      type: "Required",
      field: fieldAt(path, "type"),
      detail: "must not be empty for specified object fields",
    });
  for (const name of forbidden) {
    if (name in schema)
      found.push({ type: "Forbidden", field: fieldAt(path, name), detail: `${name} is not supported` });
  }
  if (schema.type === "array" && !schema.items)
    found.push({ type: "Required", field: fieldAt(path, "items"), detail: "must be specified" });
  if (schema.properties && schema.additionalProperties) {
    found.push({
      type: "Forbidden",
      field: fieldAt(path, "additionalProperties"),
      detail: "additionalProperties and properties are mutual exclusive",
    });
  }
  if (schema["x-kubernetes-list-type"] === "map" && !schema["x-kubernetes-list-map-keys"]?.length) {
    found.push({
      type: "Required",
      field: fieldAt(path, "x-kubernetes-list-map-keys"),
      detail: "must not be empty if x-kubernetes-list-type is map",
    });
  }
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    check(property, fieldAt(fieldAt(path, "properties"), name), found);
  if (typeof schema.additionalProperties === "object")
    check(schema.additionalProperties, fieldAt(path, "additionalProperties"), found);
  if (schema.items) check(schema.items, fieldAt(path, "items"), found);
}

/** Violations of the structural rules, located below `path` (`spec.validation.openAPIV3Schema`). */
export function checkStructural(schema: Schema, path = "spec.validation.openAPIV3Schema"): readonly FieldError[] {
  const found: FieldError[] = [];
  if (schema.type !== "object")
    found.push({
      type: "Invalid",
      field: fieldAt(path, "type"),
      detail: "must be object at the root",
      value: schema.type ?? "",
    });
  check(schema, path, found);
  return found;
}
