/** The manifest's fields as one JSON Schema (draft 7) for editors: the operator decides which shape `spec.types` has. Pure. */
import { operators } from "./schema.ts";
import { type FieldSchema, manifestSchema, typesOf } from "./schema.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

function mapValues(properties: Readonly<Record<string, FieldSchema>>): JsonSchema {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, toJsonSchema(schema)]));
}

function toJsonSchema({
  nullable,
  unit: _,
  properties,
  additionalProperties,
  items,
  anyOf,
  required,
  ...rest
}: FieldSchema): JsonSchema {
  const schema: JsonSchema = {
    ...rest,
    ...(properties && { properties: mapValues(properties) }),
    ...(required?.length && { required }),
    ...(additionalProperties !== undefined && {
      additionalProperties: additionalProperties === false ? false : toJsonSchema(additionalProperties),
    }),
    ...(items && { items: toJsonSchema(items) }),
    ...(anyOf && { anyOf: anyOf.map(toJsonSchema) }),
  };
  return nullable ? { ...schema, type: [rest.type, "null"] } : schema;
}

export function editorSchema(): JsonSchema {
  const { properties = {}, ...base } = manifestSchema("kuberay");
  const { spec, ...others } = properties;
  const fields = {
    ...spec?.properties,
    types: { type: "object", description: "Pod groups; the operator determines which ones." } as const,
  };
  const allOf = operators.map((operator) => ({
    if: { properties: { spec: { properties: { operator: { const: operator } }, required: ["operator"] } } },
    // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's word
    then: { properties: { spec: { properties: { types: toJsonSchema(typesOf[operator]) } } } },
  }));
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "AIchorManifest",
    ...toJsonSchema({ ...base, properties: { ...others, spec: { ...spec, properties: fields } } }),
    allOf,
  };
}
