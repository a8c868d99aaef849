/** Turns a CustomResourceDefinition into kinds of the registry, one per served version: schema, rules and columns compiled once. */
import { apiVersionOf, type Kind, type UnknownObject } from "../../../meta/object.ts";
import { compileRules, evaluateRules } from "../../../machinery/cel.ts";
import type { FieldError, Schema } from "../../../machinery/schema/types.ts";
import { validateObject } from "../../../machinery/schema/validate.ts";
import { compareVersions } from "../endpoints/discovery.ts";
import { parseJsonPath, valueAt, valuesAt } from "../kinds/json-path.ts";
import { ageColumn, nameColumn, shortAge } from "../kinds/column.ts";
import { allVerbs, type Cell, type Column, type ResourceType, type Strategy, storageOf } from "../kinds/registry.ts";
import type { Crd, CrdColumn, CrdVersion } from "./types.ts";
import { scalarText } from "../kinds/scalar-text.ts";

const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

function customColumn({ name, type, jsonPath, format, description, priority }: CrdColumn): Column {
  const path = parseJsonPath(jsonPath);
  return {
    name,
    type,
    ...(format && { format }),
    ...(description && { description }),
    ...(priority && { priority }),
    cell(object, now) {
      const [value, ...more] = path ? valuesAt(path, object) : [];
      if (value === undefined || value === null) return undefined;
      if (type === "date") return shortAge(scalarText(value), now);
      if (more.length > 0)
        return [value, ...more]
          .map((one) => (typeof one === "object" ? JSON.stringify(one) : scalarText(one)))
          .join(",");
      return typeof value === "object" ? JSON.stringify(value) : (value as Cell);
    },
  };
}

function columnsOf({ additionalPrinterColumns }: CrdVersion): readonly Column[] {
  return additionalPrinterColumns?.length
    ? [nameColumn, ...additionalPrinterColumns.map(customColumn)]
    : [nameColumn, ageColumn];
}

function strategyOf({ subresources }: CrdVersion, schema: Schema): Strategy {
  const rules = compileRules(schema);
  const check = (object: UnknownObject, old?: UnknownObject): readonly FieldError[] => {
    const errors = validateObject(schema, object);
    // Rules may count on the types that the schema promises.
    return errors.length > 0 ? errors : evaluateRules(rules, object, old);
  };
  return {
    hasStatus: subresources?.status !== undefined,
    hasGeneration: true,
    requiresVersion: true,
    validate: check,
    validateStatus: check,
  };
}

/** All versions hold the same fields (conversion strategy None): only apiVersion differs. */
function versionView(kind: Kind, storageVersion: string): NonNullable<ResourceType["view"]> {
  const apiVersion = apiVersionOf(kind);
  const views = new WeakMap<UnknownObject, UnknownObject>();
  return {
    from(stored) {
      if (stored.apiVersion === apiVersion) return stored;
      const view = views.get(stored) ?? Object.freeze({ ...stored, apiVersion });
      views.set(stored, view);
      return view;
    },
    to: (object) => (object.apiVersion === storageVersion ? object : { ...object, apiVersion: storageVersion }),
  };
}

function fieldsOf({ selectableFields = [] }: CrdVersion): ResourceType["fields"] {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath) ?? [];
      const read = (object: UnknownObject) => {
        const value = valueAt(path, object);
        return value === undefined ? undefined : scalarText(value);
      };
      return [jsonPath.replace(/^\./, ""), read];
    }),
  );
}

/** The version's own text, else Kubernetes': with the newest version that is not deprecated. */
function deprecationOf({ group, names, versions }: Crd["spec"], version: CrdVersion): string {
  if (version.deprecationWarning) return version.deprecationWarning;
  const [better] = versions
    .filter(({ served, deprecated, name }) => served && !deprecated && compareVersions(name, version.name) < 0)
    .sort((a, b) => compareVersions(a.name, b.name));
  const text = `${group}/${version.name} ${names.kind} is deprecated`;
  return better ? `${text}; use ${group}/${better.name} ${names.kind}` : text;
}

export function customTypes({ spec }: Crd): readonly ResourceType[] {
  const { names, group } = spec;
  const storageVersion = spec.versions.find(({ storage }) => storage)?.name ?? "";
  return spec.versions
    .filter(({ served }) => served)
    .map((version): ResourceType => {
      const kind: Kind = Object.freeze({
        group,
        version: version.name,
        kind: names.kind,
        resource: names.plural,
        namespaced: spec.scope === "Namespaced",
      });
      const schema = version.schema?.openAPIV3Schema ?? anything;
      const { status, scale } = version.subresources ?? {};
      return {
        kind,
        singular: names.singular ?? names.kind.toLowerCase(),
        listKind: names.listKind ?? `${names.kind}List`,
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        subresources: [...(status ? ["status"] : []), ...(scale ? ["scale"] : [])],
        verbs: allVerbs,
        storage: storageOf(kind),
        strategy: strategyOf(version, schema),
        columns: columnsOf(version),
        fields: fieldsOf(version),
        schema,
        custom: true,
        ...(scale && { scale }),
        ...(version.deprecated && { deprecation: deprecationOf(spec, version) }),
        view: versionView(kind, apiVersionOf({ group, version: storageVersion })),
      };
    });
}
