/** PATCH in its four kinds: each makes the new object from the old one, then it is an update like any other. */
import type { UnknownObject } from "../../../meta/object.ts";
import { applyJsonPatch, PatchError } from "../../../machinery/patch/json.ts";
import { applyMergePatch } from "../../../machinery/patch/merge.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import { failure, KubeError } from "../../../kube/errors.ts";
import type { HandlerResponse } from "../wire/response.ts";
import { applyPatch } from "./apply.ts";
import { type Core, mustGet } from "../core.ts";
import { badRequest, conflict, invalid, modified, unsupportedMediaType } from "../errors.ts";
import { applyStrategicPatch, StrategicPatchError } from "../patching/strategic-merge.ts";
import { viewOf } from "../kinds/registry.ts";
import type { Call } from "../request/call.ts";
import { replaceObject } from "./update.ts";

const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

function jsonPatch(old: UnknownObject, { request, type, name = "" }: Call): unknown {
  try {
    return applyJsonPatch(old, request.body);
  } catch (cause) {
    if (!(cause instanceof PatchError)) throw cause;
    if (!Array.isArray(request.body)) throw badRequest(`error decoding patch: ${cause.message}`);
    const status = failure(
      422,
      "Invalid",
      `the server rejected our request due to an error in our request: ${cause.message}`,
      { name, kind: type.kind.kind },
    );
    throw new KubeError(status, { cause });
  }
}

/** Custom resources have no merge keys: there it is refused, as Kubernetes does. */
function strategicPatch(old: UnknownObject, { request, type }: Call): unknown {
  const known = Object.values(patchTypes).filter((name) => name !== patchTypes.strategic);
  if (type.custom || !type.schema) throw unsupportedMediaType(patchTypes.strategic, known);
  try {
    return applyStrategicPatch(type.schema, old, request.body);
  } catch (error) {
    throw error instanceof StrategicPatchError ? badRequest(error.message) : error;
  }
}

/** The object that the patch makes of `old`. Throws 400, 415, 422. */
export function patchedBody(old: UnknownObject, call: Call): unknown {
  const contentType = (call.request.contentType ?? "application/json").split(";")[0]?.trim() ?? "";
  switch (contentType) {
    case patchTypes.json:
      return jsonPatch(old, call);
    case patchTypes.merge:
      if (typeof call.request.body !== "object" || call.request.body === null)
        throw badRequest("a merge patch must be an object");
      return applyMergePatch(old, call.request.body);
    case patchTypes.strategic:
      return strategicPatch(old, call);
    default:
      throw unsupportedMediaType(contentType, Object.values(patchTypes));
  }
}

/** A patch may not rename or move an object; a resourceVersion or uid in it is a precondition. */
function checkPatched({ type, name = "" }: Call, next: UnknownObject, old: UnknownObject): void {
  const { metadata } = next;
  for (const field of ["name", "namespace"] as const) {
    if (!deepEqual(metadata?.[field], old.metadata[field])) {
      const detail = "field is immutable";
      throw invalid(type.kind, name, [
        { type: "Invalid", field: `metadata.${field}`, detail, value: metadata?.[field] },
      ]);
    }
  }
  if (metadata.resourceVersion && metadata.resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(type.kind, name, modified);
  }
  if (metadata.uid && metadata.uid !== old.metadata.uid) {
    const reason = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`;
    throw conflict(type.kind, name, reason);
  }
}

export async function patch(core: Core, call: Call): Promise<HandlerResponse> {
  if (call.request.contentType?.startsWith(patchTypes.apply)) return applyPatch(core, call);
  const old = viewOf(call.type, mustGet(core, call));
  const given = patchedBody(old, call) as UnknownObject;
  if (typeof given !== "object" || given === null || typeof given.metadata !== "object") {
    throw badRequest("the patch does not leave an object with metadata");
  }
  checkPatched(call, given, old);
  return replaceObject(core, call, { given, old });
}
