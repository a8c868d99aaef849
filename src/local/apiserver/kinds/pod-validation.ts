/** What a pod spec must hold, and what of a pod may change after it was made. */
import { deepEqual } from "../../../machinery/deep-equal.ts";
import { isDns1123Label } from "../../../machinery/names.ts";
import { compareQuantities, isQuantity, parseQuantity } from "../../../machinery/quantity.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { Json } from "./pod-defaults.ts";
import { scalarText } from "./scalar-text.ts";

const required = (field: string, detail = ""): FieldError => ({ type: "Required", field, detail });
const invalidAt = (field: string, value: unknown, detail: string): FieldError => ({
  type: "Invalid",
  field,
  detail,
  value,
});
const supported = (field: string, value: unknown, values: readonly string[]): FieldError[] =>
  values.includes(scalarText(value))
    ? []
    : [{ type: "NotSupported", field, value, detail: `supported values: ${values.map((v) => `"${v}"`).join(", ")}` }];
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

function quantityErrors(resources: Json | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const valid = (value: unknown) =>
    (typeof value === "string" || typeof value === "number") && isQuantity(scalarText(value));
  for (const list of ["limits", "requests"] as const) {
    for (const [name, value] of Object.entries((resources?.[list] ?? {}) as Json)) {
      if (!valid(value)) errors.push(invalidAt(`${path}.${list}[${name}]`, value, "must be a quantity"));
    }
  }
  if (errors.length > 0) return errors;
  const limits = (resources?.["limits"] ?? {}) as Json;
  for (const [name, value] of Object.entries((resources?.["requests"] ?? {}) as Json)) {
    const limit = limits[name];
    if (
      limit === undefined ||
      compareQuantities(parseQuantity(scalarText(value)), parseQuantity(scalarText(limit))) <= 0
    )
      continue;
    errors.push(
      invalidAt(`${path}.requests`, value, `must be less than or equal to ${name} limit of ${scalarText(limit)}`),
    );
  }
  return errors;
}

function portErrors(ports: readonly Json[], path: string): FieldError[] {
  return ports.flatMap((port, at) => {
    const number = port["containerPort"];
    const field = `${path}.ports[${at}].containerPort`;
    if (number === undefined) return [required(field)];
    const isPort = Number.isInteger(number) && (number as number) > 0 && (number as number) < 65536;
    return isPort ? [] : [invalidAt(field, number, "must be between 1 and 65535, inclusive")];
  });
}

function envErrors(env: readonly Json[], path: string): FieldError[] {
  return env.flatMap((variable, at) => {
    const field = `${path}.env[${at}]`;
    if (!variable["name"]) return [required(`${field}.name`)];
    if (variable["value"] && variable["valueFrom"]) {
      return [invalidAt(`${field}.valueFrom`, "", "may not be specified when `value` is not empty")];
    }
    return [];
  });
}

function containerErrors(container: Json, path: string, volumes: ReadonlySet<unknown>): FieldError[] {
  const { name, image } = container;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  else errors.push(...isDns1123Label(scalarText(name)).map((detail) => invalidAt(`${path}.name`, name, detail)));
  if (!image) errors.push(required(`${path}.image`));
  errors.push(...portErrors(listOf(container["ports"]), path), ...envErrors(listOf(container["env"]), path));
  errors.push(...quantityErrors(container["resources"] as Json | undefined, `${path}.resources`));
  errors.push(
    ...supported(`${path}.imagePullPolicy`, container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"]),
  );
  for (const [at, mount] of listOf(container["volumeMounts"]).entries()) {
    if (!mount["mountPath"]) errors.push(required(`${path}.volumeMounts[${at}].mountPath`));
    if (!volumes.has(mount["name"])) {
      errors.push(invalidAt(`${path}.volumeMounts[${at}].name`, mount["name"], "no volume of this name"));
    }
  }
  return errors;
}

/** Violations in a pod spec at `path`, in Kubernetes' words. */
export function podSpecErrors(spec: Json, path = "spec"): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<unknown>();
  const volumes = new Set(listOf(spec["volumes"]).map((volume) => volume["name"]));
  if (listOf(spec["containers"]).length === 0) errors.push(required(`${path}.containers`));
  for (const key of ["initContainers", "containers"] as const) {
    for (const [at, container] of listOf(spec[key]).entries()) {
      const field = `${path}.${key}[${at}]`;
      errors.push(...containerErrors(container, field, volumes));
      if (names.has(container["name"])) {
        errors.push({ type: "Duplicate", field: `${field}.name`, detail: "", value: container["name"] });
      }
      names.add(container["name"]);
    }
  }
  errors.push(...supported(`${path}.restartPolicy`, spec["restartPolicy"], ["Always", "OnFailure", "Never"]));
  errors.push(
    ...supported(`${path}.dnsPolicy`, spec["dnsPolicy"], [
      "ClusterFirstWithHostNet",
      "ClusterFirst",
      "Default",
      "None",
    ]),
  );
  for (const field of ["hostname", "subdomain"] as const) {
    const value = spec[field];
    if (value)
      errors.push(...isDns1123Label(scalarText(value)).map((detail) => invalidAt(`${path}.${field}`, value, detail)));
  }
  return errors;
}

const updateRule =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** A pod's spec with what an update may change taken out. */
function fixedPart(spec: Json): Json {
  const withoutImages = (value: unknown) => listOf(value).map((container) => ({ ...container, image: undefined }));
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, schedulingGates: _gates, ...rest } = spec;
  const gated = listOf(spec["schedulingGates"]).length > 0;
  const { nodeSelector, affinity, ...ungated } = rest;
  return {
    ...(gated ? ungated : { ...ungated, nodeSelector, affinity }),
    containers: withoutImages(spec["containers"]),
    initContainers: withoutImages(spec["initContainers"]),
  };
}

/** Scheduling gates may go, not come. */
function gateErrors(next: Json, old: Json): FieldError[] {
  const before = new Set(listOf(old["schedulingGates"]).map((gate) => gate["name"]));
  const added = listOf(next["schedulingGates"]).filter((gate) => !before.has(gate["name"]));
  return added.map(() => ({
    type: "Forbidden",
    field: "spec.schedulingGates",
    detail: "only deletion is allowed, but found new scheduling gate",
  }));
}

/** Violations of the pod's immutability. While a pod is gated, its node selector and affinity may change. */
export function podUpdateErrors(next: Json, old: Json): readonly FieldError[] {
  const gated = listOf(old["schedulingGates"]).length > 0;
  const comparable = (spec: Json) => fixedPart({ ...spec, schedulingGates: gated ? [{ name: "gated" }] : [] });
  const errors = gateErrors(next, old);
  if (!deepEqual(comparable(next), comparable(old)))
    errors.push({ type: "Forbidden", field: "spec", detail: updateRule });
  return errors;
}
