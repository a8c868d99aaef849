/** The rules of `metadata`, which are the same for every kind: what is valid, and what an update may not touch. */
import type { ObjectMeta, UnknownObject } from "../../../meta/object.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import { isDns1123Subdomain, isLabelValue, isQualifiedName } from "../../../machinery/names.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { ResourceType } from "../kinds/registry.ts";

const maxAnnotationBytes = 256 * 1024;

const invalidField = (field: string, value: unknown, detail: string): FieldError => ({
  type: "Invalid",
  field,
  detail,
  value,
});

function labelErrors(labels: unknown): FieldError[] {
  return Object.entries((labels ?? {}) as Record<string, unknown>).flatMap(([key, value]) => [
    ...isQualifiedName(key).map((detail) => invalidField("metadata.labels", key, detail)),
    ...(typeof value === "string" ? isLabelValue(value) : ["must be a string"]).map((detail) =>
      invalidField("metadata.labels", value, detail),
    ),
  ]);
}

function annotationErrors(annotations: unknown): FieldError[] {
  const entries = Object.entries((annotations ?? {}) as Record<string, unknown>);
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + String(value).length, 0);
  const errors = entries.flatMap(([key, value]) => [
    ...isQualifiedName(key.toLowerCase()).map((detail) => invalidField("metadata.annotations", key, detail)),
    ...(typeof value === "string" ? [] : [invalidField("metadata.annotations", value, "must be a string")]),
  ]);
  if (bytes > maxAnnotationBytes) {
    const detail = `may not be more than ${maxAnnotationBytes} bytes`;
    errors.push({ type: "TooLong", field: "metadata.annotations", detail });
  }
  return errors;
}

function ownerErrors(owners: ObjectMeta["ownerReferences"]): FieldError[] {
  const path = "metadata.ownerReferences";
  const errors = (owners ?? []).flatMap((owner) =>
    (["apiVersion", "kind", "name", "uid"] as const)
      .filter((field) => !owner[field])
      .map((field) =>
        invalidField(`${path}.${field}`, "", `${field === "apiVersion" ? "version" : field} must not be empty`),
      ),
  );
  const controllers = (owners ?? []).filter((owner) => owner.controller);
  if (controllers.length > 1) {
    const [a, b] = controllers;
    const detail = `Only one reference can have Controller set to true. Found "true" in references for ${a?.kind}/${a?.name} and ${b?.kind}/${b?.name}`;
    errors.push(invalidField(path, owners, detail));
  }
  return errors;
}

function nameErrors(type: ResourceType, { name, generateName }: ObjectMeta): FieldError[] {
  if (!name) {
    if (generateName) return [];
    return [{ type: "Required", field: "metadata.name", detail: "name or generateName is required" }];
  }
  const check = type.strategy.validateName ?? isDns1123Subdomain;
  return check(name).map((detail) => invalidField("metadata.name", name, detail));
}

function finalizerErrors(finalizers: ObjectMeta["finalizers"]): FieldError[] {
  return (finalizers ?? []).flatMap((name) =>
    isQualifiedName(name).map((detail) => invalidField("metadata.finalizers", name, detail)),
  );
}

export function metadataErrors(type: ResourceType, { metadata }: UnknownObject): readonly FieldError[] {
  return [
    ...nameErrors(type, metadata),
    ...labelErrors(metadata.labels),
    ...annotationErrors(metadata.annotations),
    ...ownerErrors(metadata.ownerReferences),
    ...finalizerErrors(metadata.finalizers),
  ];
}

/** Finalizers may only go once an object is being deleted. */
export function metadataUpdateErrors(next: ObjectMeta, old: ObjectMeta): readonly FieldError[] {
  if (!old.deletionTimestamp) return [];
  const added = (next.finalizers ?? []).filter((name) => !old.finalizers?.includes(name));
  if (added.length === 0) return [];
  const list = `[]string{${added.map((name) => JSON.stringify(name)).join(", ")}}`;
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [{ type: "Forbidden", field: "metadata.finalizers", detail }];
}

/** Metadata of an update: what only the server sets is taken from the old object. */
export function keepSystemFields(next: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const { selfLink: _, ...rest } = next as ObjectMeta & { selfLink?: string };
  const kept: Record<string, unknown> = { ...rest };
  for (const field of [
    "name",
    "generateName",
    "namespace",
    "uid",
    "creationTimestamp",
    "generation",
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ] as const) {
    if (old[field] === undefined) delete kept[field];
    else kept[field] = old[field];
  }
  for (const field of ["labels", "annotations", "finalizers", "ownerReferences", "managedFields"] as const) {
    const value = kept[field];
    const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    if (value === null || value === undefined || isEmpty) delete kept[field];
  }
  return kept;
}

/** Whether nothing but bookkeeping differs: such an update is not written. */
export function isUnchanged(next: UnknownObject, old: UnknownObject): boolean {
  const bare = (object: UnknownObject) => ({ ...object, metadata: { ...object.metadata, managedFields: undefined } });
  return deepEqual(bare(next), bare(old));
}
