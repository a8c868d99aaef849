/** PATCH of type apply: creates what is missing, else merges by field ownership. */
import type { UnknownObject } from "../../../meta/object.ts";
import { failure, KubeError } from "../../../kube/errors.ts";
import type { HandlerResponse } from "../wire/response.ts";
import { type Core, keyFor } from "../core.ts";
import { createObject } from "./create.ts";
import { decodeBuiltIn } from "../request/decode-built-in.ts";
import { badRequest, invalid, notFound } from "../errors.ts";
import { writerOf } from "../storage/managed-fields.ts";
import { checkKind } from "../request/decode-object.ts";
import { ApplyConflictError, applyNew, serverSideApply } from "../patching/server-side-apply.ts";
import { viewOf } from "../kinds/registry.ts";
import { type Call, flag, objectBody, param } from "../request/call.ts";
import { replaceObject } from "./update.ts";

const optionsKind = { group: "meta.k8s.io", kind: "PatchOptions", resource: "patchoptions" };

function conflictStatus({ conflicts, message }: ApplyConflictError): KubeError {
  const texts = conflicts.map(({ manager, apiVersion, operation, path }) => {
    const using = operation === "Update" ? ` using ${apiVersion}` : "";
    return { field: path, said: `conflict with ${JSON.stringify(manager)}${using}` };
  });
  const detail =
    texts.length === 1
      ? `${texts[0]?.said}: ${texts[0]?.field}`
      : texts.map(({ said, field }) => `${said}: ${field}`).join("\n");
  const causes = texts.map(({ field, said }) => ({ reason: "FieldManagerConflict", message: said, field }));
  return new KubeError(failure(409, "Conflict", `${message}: ${detail}`, { causes }));
}

/** The applied configuration, as it will be owned. Throws 400. */
function configOf(call: Call): UnknownObject {
  const { type, name = "" } = call;
  const given = objectBody(call.request);
  if (!given.apiVersion || !given.kind) throw badRequest("apiVersion and kind must be set in an applied configuration");
  const config = checkKind(type, given);
  if (config.metadata.managedFields?.length) throw badRequest("metadata.managedFields must be nil");
  if (config.metadata.name && config.metadata.name !== name) {
    throw badRequest(`the name of the object (${config.metadata.name}) does not match the name on the URL (${name})`);
  }
  const named = {
    ...config,
    metadata: { ...config.metadata, name, ...(call.namespace && { namespace: call.namespace }) },
  };
  return type.custom || !type.schema ? named : withoutNulls(call, named);
}

/** Fields the type does not know have no owner either. */
function withoutNulls({ type }: Call, config: UnknownObject): UnknownObject {
  const { value, unknown, mismatch } = decodeBuiltIn(type.schema ?? {}, config);
  if (mismatch || unknown.length > 0) {
    const wrong = mismatch ?? `.${unknown[0]}: field not declared in schema`;
    const text = `failed to create typed patch object (${config.metadata.namespace ?? ""}/${config.metadata.name}; ${config.apiVersion}, Kind=${config.kind}): ${wrong}`;
    throw new KubeError(failure(500, "InternalError", text));
  }
  return value as UnknownObject;
}

export async function applyPatch(core: Core, call: Call): Promise<HandlerResponse> {
  const { type, namespace, name = "", request } = call;
  if (!param(request, "fieldManager")) {
    throw invalid(optionsKind, "", [
      { type: "Required", field: "fieldManager", detail: "is required for apply patch" },
    ]);
  }
  const config = configOf(call);
  const writer = writerOf(core, call);
  const stored = core.store.get(type.storage, keyFor(namespace, name));
  if (!stored) {
    if (call.subresource) throw notFound(type.kind, name);
    return createObject(core, call, { given: config, managedFields: applyNew({ writer, config }) });
  }
  const old = viewOf(type, stored);
  try {
    const given = serverSideApply(old, { writer, config, force: flag(request, "force") });
    return await replaceObject(core, call, { given, old, tracked: true });
  } catch (error) {
    throw error instanceof ApplyConflictError ? conflictStatus(error) : error;
  }
}
