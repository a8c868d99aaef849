/** Owner references: who an object belongs to. */
import { apiVersionOf, controllerOf, type Kind, type KubeObject, type OwnerReference } from "../meta/object.ts";

/** The reference that makes `owner` the controller of an object, as controller-runtime's SetControllerReference writes it. */
export function ownerReference(kind: Kind, owner: KubeObject): OwnerReference {
  const { name = "", uid = "" } = owner.metadata;
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Whether `owner` (this very one, by uid) controls `object`. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  const uid = controllerOf(object)?.uid;
  return uid !== undefined && uid === owner.metadata.uid;
}
