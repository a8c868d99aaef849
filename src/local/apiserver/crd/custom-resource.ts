/** Turns a CustomResourceDefinition into resources, one per served version: schema, rules and columns compiled once. */
import type { Kind, UnknownObject } from "../../../api/meta/object.ts";
import { compileRules, evaluateRules } from "../../../machinery/cel.ts";
import { defaultObject, pruneObject, unknownFields } from "../../../machinery/schema/defaults.ts";
import type { Schema } from "../../../machinery/schema/types.ts";
import { validateObject } from "../../../machinery/schema/validate.ts";
import { ageColumn, ageOf, nameColumn } from "../columns.ts";
import { type Column, type Resource, type Rules, valueAtPath } from "../resource.ts";
import type { Crd, CrdVersion } from "./types.ts";

const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

function columnsOf(version: CrdVersion): readonly Column[] {
  const own = version.additionalPrinterColumns?.map(
    ({ name, type, jsonPath, ...more }): Column => ({
      ...more,
      name,
      type,
      value: (object, now) => {
        const value = valueAtPath(object, jsonPath);
        if (type === "date") return value === undefined ? undefined : ageOf(value, now);
        return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
      },
    }),
  );
  return own ? [nameColumn, ...own] : [nameColumn, ageColumn];
}

function rulesOf(schema: Schema): Rules {
  const rules = compileRules(schema);
  const validate = (object: UnknownObject) => validateObject(schema, object);
  return {
    defaults: (object) => defaultObject(schema, object) as UnknownObject,
    prune: (object) => pruneObject(schema, object) as UnknownObject,
    unknown: (object) => unknownFields(schema, object),
    validate: (object) => {
      const errors = validate(object);
      // Rules may count on the types that the schema promises.
      return errors.length > 0 ? errors : evaluateRules(rules, object);
    },
    validateUpdate: (object, before) => evaluateRules(rules, object, before),
  };
}

export function customResources(object: UnknownObject): readonly Resource[] {
  const { spec } = object as unknown as Crd;
  const { names, group } = spec;
  return spec.versions
    .filter((version) => version.served)
    .map((version): Resource => {
      const kind: Kind = { group, version: version.name, kind: names.kind, resource: names.plural, namespaced: spec.scope === "Namespaced" };
      const schema = version.schema?.openAPIV3Schema ?? anything;
      const warning = version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated`;
      return {
        kind,
        singular: names.singular ?? names.kind.toLowerCase(),
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        storage: `${group}/${names.plural}`,
        hasStatus: version.subresources?.status !== undefined,
        hasGeneration: true,
        ...(version.subresources?.scale && { scale: version.subresources.scale }),
        columns: columnsOf(version),
        rules: rulesOf(schema),
        ...(version.deprecated && { deprecation: warning }),
        schema,
        custom: true,
      };
    });
}
