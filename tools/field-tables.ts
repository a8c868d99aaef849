/** Tables of the fields of a schema, for reference pages: one table for each map in it. Pure. */
import type { FieldSchema } from "../src/manifest/index.ts";

/** One table: the fields of a map. */
export interface Section {
  readonly title: string;
  readonly schema: FieldSchema;
}

export const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function typeText(schema: FieldSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.anyOf) return schema.anyOf.map(typeText).join(" or ");
  if (schema.type === "array") return `list of ${schema.items ? typeText(schema.items) : "anything"}`;
  if (schema.type === "object" && schema.additionalProperties) return `map to ${typeText(schema.additionalProperties)}`;
  const least = schema.minimum === undefined ? "" : ` ≥ ${schema.minimum}`;
  return `${schema.type === "object" ? "map" : (schema.type ?? "anything")}${least}`;
}

function table({ properties = {}, required = [] }: FieldSchema): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const fallback = required.includes(name)
      ? "required"
      : schema.default === undefined
        ? ""
        : `\`${JSON.stringify(schema.default)}\``;
    return `| \`${name}\` | ${cell(typeText(schema))} | ${fallback} | ${cell(schema.description ?? "")} |`;
  });
  return ["| field | type | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/** The map that a field holds, whatever it is wrapped in. */
export function mapIn(schema: FieldSchema): FieldSchema | undefined {
  if (schema.properties) return schema;
  if (schema.items) return mapIn(schema.items);
  if (schema.additionalProperties) return mapIn(schema.additionalProperties);
  return schema.anyOf?.map(mapIn).find((found) => found !== undefined);
}

function pathBelow(path: string, name: string, schema: FieldSchema): string {
  const own = path ? `${path}.${name}` : name;
  if (schema.type === "array") return `${own}[]`;
  return schema.type === "object" && schema.additionalProperties ? `${own}.<name>` : own;
}

/** A map and all maps in it; `resources` is the same everywhere and has a section of its own. */
export function sections(path: string, schema: FieldSchema): readonly Section[] {
  const found: Section[] = [{ title: path, schema }];
  for (const [name, below] of Object.entries(schema.properties ?? {})) {
    const map = name === "resources" || name === "types" ? undefined : mapIn(below);
    if (map) found.push(...sections(pathBelow(path, name, below), map));
  }
  return found;
}

export const print = (all: readonly Section[]): string =>
  all
    .map(({ title, schema }) => [`### \`${title}\``, schema.description, table(schema)].filter(Boolean).join("\n\n"))
    .join("\n\n");
