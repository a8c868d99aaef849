/** PUT and PATCH of an object or of one of its subresources: one path from the old object to the new. */
import type { UnknownObject } from "../../../api/meta/object.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import { applyJsonPatch, PatchError } from "../../../machinery/patch/json.ts";
import { applyMergePatch } from "../../../machinery/patch/merge.ts";
import { applyStrategicPatch, patchMetaFor } from "../../../machinery/patch/strategic.ts";
import { acknowledged, type Api, inVersion, nowText, storeKey, type Target } from "../api.ts";
import { establishedStatus } from "../crd/definition-rules.ts";
import { badRequest, conflict, invalid, notFound, unsupportedMediaType } from "../errors.ts";
import type { Resource } from "../resource.ts";
import { checkIdentity, type WriteContext } from "./create.ts";
import { eventOut, isEvent } from "./event.ts";
import { finishDeletion } from "./delete.ts";
import { keepServerMetadata, validateMetadata } from "./metadata.ts";
import { applyServerSide } from "./server-side-apply.ts";
import { checkUnknown } from "./unknown-fields.ts";

export function existing(api: Api, { resource, namespace, name = "" }: Target): UnknownObject {
  const found = api.store.get(resource.storage, storeKey(resource.kind.namespaced ? namespace : undefined, name));
  if (!found) throw notFound(resource.kind, name);
  return inVersion(resource, found);
}

/** The part of `next` that this request may change: the status, or all but the status. */
function onlyAllowed(target: Target, next: UnknownObject, before: UnknownObject): UnknownObject {
  const { resource, subresource } = target;
  if (subresource === "status") {
    const { status: _, ...rest } = before;
    const status = next["status"] === undefined ? {} : { status: next["status"] };
    return { ...rest, ...status } as UnknownObject;
  }
  if (!resource.hasStatus || subresource === "finalize") return next;
  const { status: _, ...rest } = next;
  return (before["status"] === undefined ? rest : { ...rest, status: before["status"] }) as UnknownObject;
}

/** Everything but metadata and status: what the generation counts. */
function specOf(object: UnknownObject): unknown {
  const { metadata: _, status: __, apiVersion: ___, kind: ____, ...rest } = object;
  return rest;
}

function checkVersion(target: Target, next: UnknownObject, before: UnknownObject): void {
  const { resourceVersion, uid } = next.metadata ?? {};
  if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) throw conflict(target.resource.kind, target.name ?? "");
  if (uid && uid !== before.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`;
    throw conflict(target.resource.kind, target.name ?? "", why);
  }
}

function admit(target: Target, given: UnknownObject, before: UnknownObject, context: WriteContext): UnknownObject {
  const { resource } = target;
  const { rules } = resource;
  checkUnknown(resource, given, context);
  const pruned = rules.prune?.(given) ?? given;
  const allowed = keepServerMetadata(onlyAllowed(target, pruned, before), before);
  const next = rules.defaults?.(allowed) ?? allowed;
  const errors = [...validateMetadata(resource, next), ...(rules.validate?.(next) ?? [])];
  const isMain = target.subresource === undefined || resource.custom;
  if (errors.length === 0 && isMain) errors.push(...(rules.validateUpdate?.(next, before) ?? []));
  if (errors.length > 0) throw invalid(resource.kind, target.name ?? "", errors);
  return next;
}

function save(api: Api, resource: Resource, next: UnknownObject): UnknownObject {
  if (resource.kind.resource !== "customresourcedefinitions") return api.store.put(resource.storage, next);
  api.registry.define(next);
  return api.store.put(resource.storage, establishedStatus(next, nowText(api)));
}

/** Brings `given` in as the new state of `before`. Nothing is written when nothing changed. */
export async function replace(api: Api, target: Target, given: UnknownObject, context: WriteContext): Promise<UnknownObject> {
  const { resource } = target;
  const before = existing(api, target);
  checkVersion(target, given, before);
  const admitted = admit(target, given, before, context);
  if (deepEqual(admitted, before)) return before;
  const bumps = resource.hasGeneration && target.subresource !== "status" && !deepEqual(specOf(admitted), specOf(before));
  const next = bumps ? { ...admitted, metadata: { ...admitted.metadata, generation: (before.metadata.generation ?? 0) + 1 } } : admitted;
  if (context.query("dryRun") === "All") return next;
  const saved = finishDeletion(api, resource, save(api, resource, next));
  return acknowledged(api, inVersion(resource, saved));
}

export async function update(api: Api, target: Target, body: unknown, context: WriteContext): Promise<UnknownObject> {
  const given = checkIdentity(target, body);
  const named = { ...given, metadata: { ...given.metadata, name: given.metadata.name ?? target.name } };
  return replace(api, target, isEvent(target.resource) ? eventOut(named) : named, context);
}

type PatchFunction = (target: Target, before: UnknownObject, patch: unknown) => unknown;

const patchers: Readonly<Record<string, PatchFunction>> = {
  "application/merge-patch+json": (_, before, patch) => applyMergePatch(before, patch),
  "application/json-patch+json": (_, before, patch) => applyJsonPatch(before, patch),
  "application/strategic-merge-patch+json": ({ resource }, before, patch) => {
    if (resource.custom) throw unsupportedMediaType("application/strategic-merge-patch+json");
    return applyStrategicPatch(before, patch, patchMetaFor(resource.kind.group, resource.kind.kind));
  },
};

export interface PatchRequest {
  readonly contentType: string;
  readonly body: unknown;
}

/** Events are patched in either vocabulary: an older half must not win over a newer one. */
function patchedEvent(next: UnknownObject, patch: unknown): UnknownObject {
  const given = (patch ?? {}) as Readonly<Record<string, unknown>>;
  return eventOut("message" in given ? { ...next, note: given["message"] } : next);
}

export async function patch(api: Api, target: Target, request: PatchRequest, context: WriteContext): Promise<UnknownObject> {
  const contentType = request.contentType.split(";")[0]?.trim() ?? "";
  if (contentType.startsWith("application/apply-patch")) return applyServerSide(api, target, request.body, context);
  const patcher = patchers[contentType];
  if (!patcher) throw unsupportedMediaType(contentType);
  const before = existing(api, target);
  let next: UnknownObject;
  try {
    next = patcher(target, before, request.body) as UnknownObject;
  } catch (error) {
    if (error instanceof PatchError) throw invalid(target.resource.kind, target.name ?? "", [{ type: "Invalid", field: "patch", detail: error.message, value: "" }]);
    throw error;
  }
  if (typeof next !== "object" || next === null || typeof next.metadata !== "object") throw badRequest("the patch does not leave an object");
  return replace(api, target, isEvent(target.resource) ? patchedEvent(next, request.body) : next, context);
}


