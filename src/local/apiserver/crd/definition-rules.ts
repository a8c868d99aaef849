/** CustomResourceDefinitions themselves: their defaults, checks, and the status that makes them served. Pure. */
import type { UnknownObject } from "../../../api/meta/object.ts";
import { compileRules, RuleError } from "../../../machinery/cel.ts";
import { checkStructural } from "../../../machinery/schema/structural.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { Rules } from "../resource.ts";
import type { Crd } from "./types.ts";

function schemaErrors(crd: Crd): readonly FieldError[] {
  return crd.spec.versions.flatMap((version, at) => {
    const schema = version.schema?.openAPIV3Schema;
    const path = `spec.versions[${at}].schema.openAPIV3Schema`;
    if (!schema) return [{ type: "Required" as const, field: path, detail: "schemas are required" }];
    const structural = checkStructural(schema, path);
    if (structural.length > 0) return structural;
    try {
      compileRules(schema);
      return [];
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      return [{ type: "Invalid" as const, field: `${path}.${error.field}.x-kubernetes-validations`, detail: error.message, value: error.rule }];
    }
  });
}

function validate(object: UnknownObject): readonly FieldError[] {
  const crd = object as unknown as Crd;
  const { spec } = crd;
  if (!spec?.names?.plural || !spec.group || !spec.names.kind) return [{ type: "Required", field: "spec", detail: "group, names.plural and names.kind must be set" }];
  const found: FieldError[] = [];
  const wanted = `${spec.names.plural}.${spec.group}`;
  if (crd.metadata.name !== wanted) {
    found.push({ type: "Invalid", field: "metadata.name", detail: `must be spec.names.plural+"."+spec.group`, value: crd.metadata.name });
  }
  if (spec.scope !== "Namespaced" && spec.scope !== "Cluster") {
    found.push({ type: "NotSupported", field: "spec.scope", detail: 'supported values: "Cluster", "Namespaced"', value: spec.scope });
  }
  if ((spec.versions ?? []).filter((version) => version.storage).length !== 1) {
    found.push({ type: "Invalid", field: "spec.versions", detail: "must have exactly one version marked as storage version", value: "" });
    return found;
  }
  return [...found, ...schemaErrors(crd)];
}

export function establishedStatus(object: UnknownObject, now: string): UnknownObject {
  const { spec } = object as unknown as Crd;
  const condition = (type: string, reason: string, message: string) => ({ type, status: "True", reason, message, lastTransitionTime: now });
  return {
    ...object,
    status: {
      acceptedNames: { listKind: `${spec.names.kind}List`, singular: spec.names.kind.toLowerCase(), ...spec.names },
      storedVersions: spec.versions.filter((version) => version.storage).map((version) => version.name),
      conditions: [
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
      ],
    },
  };
}

export const definitionRules: Rules = {
  validate,
  defaults: (object) => {
    const { spec } = object as unknown as Crd;
    if (!spec?.names) return object;
    const { kind = "" } = spec.names;
    return { ...object, spec: { conversion: { strategy: "None" }, ...spec, names: { listKind: `${kind}List`, singular: kind.toLowerCase(), ...spec.names } } };
  },
};
