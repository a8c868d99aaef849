/** Strategies of the kinds that need little: configuration, RBAC, leases, nodes, volumes. */
import { claimProtection } from "../../../api/core/claim.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import type { Strategy } from "./registry.ts";

export const plain: Strategy = { hasStatus: false, hasGeneration: false };
export const withStatus: Strategy = { hasStatus: true, hasGeneration: false, statusKeepsMetadata: true };

export const nodeStrategy: Strategy = withStatus;
export const accountStrategy: Strategy = { ...plain, answersDeleted: true };
export const leaseStrategy: Strategy = { ...plain, allowCreateOnUpdate: true };

/** RBAC names are path segments, not DNS names. */
const pathSegment = (name: string): readonly string[] =>
  name === "." || name === ".." ? [`may not be '${name}'`] : /[/%]/.test(name) ? ["may not contain '/' or '%'"] : [];
export const rbacStrategy: Strategy = { ...plain, allowCreateOnUpdate: true, validateName: pathSegment };

const immutable = (field: string, value: unknown): FieldError => ({
  type: "Invalid",
  field,
  detail: "field is immutable",
  value,
});

/** `stringData` is a way to write `data` without encoding it. */
function encodeSecret(object: UnknownObject): UnknownObject {
  const { stringData, ...rest } = object;
  const texts = Object.entries(stringData ?? {});
  const encoded = texts.map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")] as const);
  const data = { ...(rest["data"] as Record<string, string> | undefined), ...Object.fromEntries(encoded) };
  return {
    ...(rest as UnknownObject),
    ...(Object.keys(data).length > 0 && { data }),
    type: (rest as UnknownObject)["type"] || "Opaque",
  };
}

function secretErrors(object: UnknownObject, old?: UnknownObject): readonly FieldError[] {
  if (!old) return [];
  const changed = !deepEqual(object["data"], old["data"]);
  const typeChanged = object["type"] !== old["type"];
  return [
    ...(typeChanged ? [immutable("type", object["type"])] : []),
    ...(old["immutable"] === true && changed
      ? [{ type: "Forbidden", field: "data", detail: "field is immutable when `immutable` is set" } as const]
      : []),
  ];
}

export const secretStrategy: Strategy = { ...plain, default: encodeSecret, validate: secretErrors };

/** What is made by hand is kept when its claim lets it go. */
export const volumeStrategy: Strategy = {
  ...withStatus,
  answersDeleted: true,
  default(object) {
    const spec = (object["spec"] ?? {}) as Record<string, unknown>;
    const defaults = { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" };
    return { ...object, spec: { ...defaults, ...spec } };
  },
};

export const claimStrategy: Strategy = {
  ...withStatus,
  answersDeleted: true,
  default(object) {
    const spec = (object["spec"] ?? {}) as Record<string, unknown>;
    return { ...object, spec: { ...spec, volumeMode: spec["volumeMode"] ?? "Filesystem" } };
  },
  onCreate: (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      finalizers: [...new Set([...(object.metadata.finalizers ?? []), claimProtection])],
    },
    status: { phase: "Pending" },
  }),
};
