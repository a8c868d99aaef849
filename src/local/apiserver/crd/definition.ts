/** CustomResourceDefinitions as objects: their defaults, what is checked of them, and the status that makes them served. */
import { formatTime } from "../../../meta/condition.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import { compileRules, RuleError } from "../../../machinery/cel.ts";
import { checkStructural } from "../../../machinery/schema/structural.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { Strategy } from "../kinds/registry.ts";
import type { Crd } from "./types.ts";

export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";
const asCrd = (object: UnknownObject): Crd => object as unknown as Crd;

function schemaErrors(crd: Crd): readonly FieldError[] {
  return crd.spec.versions.flatMap((version, at): readonly FieldError[] => {
    const schema = version.schema?.openAPIV3Schema;
    const path = `spec.versions[${at}].schema.openAPIV3Schema`;
    if (!schema) return [{ type: "Required", field: path, detail: "schemas are required" }];
    const structural = checkStructural(schema, path);
    if (structural.length > 0) return structural;
    try {
      compileRules(schema);
      return [];
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      const field = `${path}.${error.field}.x-kubernetes-validations`;
      return [{ type: "Invalid", field, detail: error.message, value: error.rule }];
    }
  });
}

function nameErrors({ spec, metadata }: Crd): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { names, group, scope } = spec;
  for (const field of ["plural", "kind"] as const) {
    if (!names?.[field]) errors.push({ type: "Required", field: `spec.names.${field}`, detail: "" });
  }
  if (!group) errors.push({ type: "Required", field: "spec.group", detail: "" });
  if (metadata.name !== `${names?.plural}.${group}`) {
    errors.push({
      type: "Invalid",
      field: "metadata.name",
      detail: 'must be spec.names.plural+"."+spec.group',
      value: metadata.name,
    });
  }
  if (scope !== "Namespaced" && scope !== "Cluster") {
    errors.push({
      type: "NotSupported",
      field: "spec.scope",
      detail: 'supported values: "Cluster", "Namespaced"',
      value: scope ?? "",
    });
  }
  return errors;
}

function validate(object: UnknownObject, old?: UnknownObject): readonly FieldError[] {
  const crd = asCrd(object);
  if (!crd.spec) return [{ type: "Required", field: "spec", detail: "" }];
  const errors = [...nameErrors(crd)];
  if (crd.spec.versions.filter((version) => version.storage).length !== 1) {
    const detail = "must have exactly one version marked as storage version";
    return [
      ...errors,
      { type: "Invalid", field: "spec.versions", detail, value: crd.spec.versions.map(({ name }) => name) },
    ];
  }
  if (old && asCrd(old).spec.scope !== crd.spec.scope) {
    errors.push({ type: "Invalid", field: "spec.scope", detail: "field is immutable", value: crd.spec.scope });
  }
  return [...errors, ...schemaErrors(crd)];
}

function withDefaults(object: UnknownObject): UnknownObject {
  const { spec } = asCrd(object);
  if (!spec?.names) return object;
  const { kind } = spec.names;
  const names = { listKind: `${kind}List`, singular: kind.toLowerCase(), ...spec.names };
  return { ...object, spec: { conversion: { strategy: "None" }, ...spec, names, versions: spec.versions ?? [] } };
}

function established(object: UnknownObject, now: string): UnknownObject {
  const { spec } = asCrd(object);
  // Validation comes after this, and says what is missing.
  if (!spec) return object;
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: "True",
    reason,
    message,
    lastTransitionTime: now,
  });
  return {
    ...object,
    status: {
      acceptedNames: spec.names,
      storedVersions: (spec.versions ?? []).filter(({ storage }) => storage).map(({ name }) => name),
      conditions: [
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
      ],
    },
  };
}

/** The names follow the spec; versions that objects were once stored in stay named. */
function restated(next: UnknownObject): UnknownObject {
  const { spec } = asCrd(next);
  if (!spec) return next;
  const status = (next["status"] ?? {}) as { storedVersions?: readonly string[] };
  const storage = spec.versions.filter((version) => version.storage).map(({ name }) => name);
  const storedVersions = [...new Set([...(status.storedVersions ?? []), ...storage])];
  return { ...next, status: { ...status, acceptedNames: spec.names, storedVersions } };
}

export const definitionStrategy: Strategy = {
  hasStatus: true,
  hasGeneration: true,
  statusKeepsMetadata: true,
  default: withDefaults,
  onCreate(object, { now }) {
    const finalizers = [...new Set([...(object.metadata.finalizers ?? []), cleanupFinalizer])];
    return established({ ...object, metadata: { ...object.metadata, finalizers } }, formatTime(now));
  },
  onUpdate: restated,
  validate,
};
