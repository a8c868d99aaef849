/** Namespaces: held by a finalizer of their own until what is in them is gone. */
import type { UnknownObject } from "../../../meta/object.ts";
import { isDns1123Label } from "../../../machinery/names.ts";
import type { Strategy } from "./registry.ts";

const nameLabel = "kubernetes.io/metadata.name";

export const namespaceStrategy: Strategy = {
  hasStatus: true,
  hasGeneration: false,
  statusKeepsMetadata: true,
  answersDeleted: false,
  validateName: isDns1123Label,
  default: labelled,
  onCreate: (object) => ({ ...labelled(object), spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } }),
  // Only the finalize subresource takes them away.
  onUpdate: (next, old) => ({ ...next, spec: old["spec"] }),
  onDelete: (object) => ({ ...object, status: { ...(object["status"] as object | undefined), phase: "Terminating" } }),
};

function labelled(object: UnknownObject): UnknownObject {
  const { name, labels } = object.metadata;
  if (!name || labels?.[nameLabel] === name) return object;
  return { ...object, metadata: { ...object.metadata, labels: { ...labels, [nameLabel]: name } } };
}
