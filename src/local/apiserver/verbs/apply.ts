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
import { ApplyConflictError, applyNew, type FieldConflict, serverSideApply } from "../patching/server-side-apply.ts";
import { viewOf } from "../kinds/registry.ts";
import { type Call, flag, objectBody, param } from "../request/call.ts";
import { replaceObject } from "./update.ts";

const optionsKind = { group: "meta.k8s.io", kind: "PatchOptions", resource: "patchoptions" };

/** The owner of a contested field, in the words of Kubernetes. */
function ownerText({ manager, apiVersion, operation, subresource }: FieldConflict): string {
  const ofSubresource = subresource ? ` with subresource ${JSON.stringify(subresource)}` : "";
  return `${JSON.stringify(manager)}${ofSubresource}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}

/** One conflict on a line with its owner; several below their owners. */
function conflictText(conflicts: readonly FieldConflict[]): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1) return `conflict with ${ownerText(first)}: ${first.path}`;
  const byOwner = Map.groupBy(conflicts, ownerText);
  return [...byOwner.keys()]
    .toSorted()
    .flatMap((owner) => [`conflicts with ${owner}:`, ...(byOwner.get(owner) ?? []).map(({ path }) => `- ${path}`)])
    .join("\n");
}

function conflictStatus({ conflicts, message }: ApplyConflictError): KubeError {
  const causes = conflicts.map((conflict) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${ownerText(conflict)}`,
    field: conflict.path,
  }));
  return new KubeError(failure(409, "Conflict", `${message}: ${conflictText(conflicts)}`, { causes }));
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
  const own = writable(call, named);
  return type.custom || !type.schema ? own : withoutNulls(call, own);
}

/** What this endpoint does not write, nobody comes to own by it. */
function writable({ type, subresource }: Call, config: UnknownObject): UnknownObject {
  if (!type.strategy.hasStatus) return config;
  const { status, ...rest } = config;
  if (subresource !== "status") return rest;
  const { apiVersion, kind, metadata } = rest;
  const { name, namespace, resourceVersion, uid } = metadata;
  const bare = Object.fromEntries(
    Object.entries({ name, namespace, resourceVersion, uid }).filter(([, value]) => value !== undefined),
  );
  const kept = type.strategy.statusKeepsMetadata ? metadata : bare;
  return { apiVersion, kind, metadata: kept, ...(status !== undefined && { status }) };
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
