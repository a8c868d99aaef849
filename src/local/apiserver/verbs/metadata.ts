/** The server's part of an object's metadata, and the checks every object passes. Pure. */
import type { ObjectMeta, UnknownObject } from "../../../api/meta/object.ts";
import { isDns1123Subdomain, isLabelValue, isQualifiedName } from "../../../machinery/names.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { Resource } from "../resource.ts";

/** Names of these kinds are paths, not DNS names. */
const pathNames = new Set(["roles", "rolebindings", "clusterroles", "clusterrolebindings"]);

function checkMap(map: unknown, field: string, check: (key: string, value: unknown) => readonly string[]): readonly FieldError[] {
  if (map === undefined) return [];
  return Object.entries(map as object).flatMap(([key, value]) =>
    check(key, value).map((detail): FieldError => ({ type: "Invalid", field, detail, value: typeof value === "string" ? value : key })),
  );
}

const isString = (value: unknown) => (typeof value === "string" ? [] : ["must be of type string"]);

export function validateMetadata(resource: Resource, { metadata }: UnknownObject): readonly FieldError[] {
  const { name = "" } = metadata;
  const found: FieldError[] = [];
  if (!name) found.push({ type: "Required", field: "metadata.name", detail: "name or generateName is required" });
  else if (pathNames.has(resource.kind.resource)) {
    if (name.includes("/") || name.includes("%")) found.push({ type: "Invalid", field: "metadata.name", detail: "may not contain '/' or '%'", value: name });
  } else found.push(...isDns1123Subdomain(name).map((detail): FieldError => ({ type: "Invalid", field: "metadata.name", detail, value: name })));
  found.push(
    ...checkMap(metadata.labels, "metadata.labels", (key, value) => [...isQualifiedName(key), ...(typeof value === "string" ? isLabelValue(value) : isString(value))]),
    ...checkMap(metadata.annotations, "metadata.annotations", (key, value) => [...isQualifiedName(key.toLowerCase()), ...isString(value)]),
  );
  for (const [at, owner] of (metadata.ownerReferences ?? []).entries()) {
    for (const field of ["apiVersion", "kind", "name", "uid"] as const) {
      if (!owner[field]) found.push({ type: "Required", field: `metadata.ownerReferences[${at}].${field}`, detail: "" });
    }
  }
  return found;
}

/** What a client may not change, taken from the object as it is; managedFields are not kept. */
export function keepServerMetadata(next: UnknownObject, before: UnknownObject): UnknownObject {
  const { managedFields: _, ...metadata } = next.metadata as ObjectMeta & { managedFields?: unknown };
  const old = before.metadata;
  const kept: Record<string, unknown> = { ...metadata };
  for (const name of ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName", "resourceVersion"] as const) {
    if (old[name] === undefined) delete kept[name];
    else kept[name] = old[name];
  }
  // Once an object is being deleted nobody may add a finalizer.
  if (old.deletionTimestamp && metadata.finalizers) kept["finalizers"] = metadata.finalizers.filter((name) => old.finalizers?.includes(name));
  for (const name of ["finalizers", "ownerReferences"]) if ((kept[name] as unknown[] | undefined)?.length === 0) delete kept[name];
  for (const name of ["labels", "annotations"]) if (kept[name] === null) delete kept[name];
  return { ...next, metadata: kept as ObjectMeta };
}
