/** Objects for tests: whole enough for caches and controllers, with only what a test cares about spelled out. */
import { apiVersionOf, type Kind, type ObjectMeta, type UnknownObject } from "../meta/object.ts";
import { ownerReference } from "../machinery/owner-refs.ts";

/** An object of `kind` in namespace `default` (when namespaced); its uid is `<kind>-<name>` unless given. */
export function makeObject(
  kind: Kind,
  metadata: ObjectMeta & { readonly name: string },
  fields: Readonly<Record<string, unknown>> = {},
): UnknownObject {
  const namespace = kind.namespaced ? { namespace: "default" } : {};
  const uid = `${kind.kind.toLowerCase()}-${metadata.name}`;
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { ...namespace, uid, ...metadata }, ...fields };
}

/** The same object controlled by `owner`. */
export function ownedBy<T extends UnknownObject>(object: T, ownerKind: Kind, owner: UnknownObject): T {
  return { ...object, metadata: { ...object.metadata, ownerReferences: [ownerReference(ownerKind, owner)] } };
}

/** The same object at a resourceVersion. */
export function atVersion<T extends UnknownObject>(object: T, resourceVersion: number): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(resourceVersion) } };
}
