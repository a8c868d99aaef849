/** PUT of an object or its status, and the common end of every patch: what may change, what is checked, what is stored. */
import type { UnknownObject } from "../../../meta/object.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import { type HandlerResponse, json } from "../wire/response.ts";
import { contextOf, type Core, durable, keyFor, mustGet } from "../core.ts";
import { createObject } from "./create.ts";
import { badRequest, conflict, invalid, modified } from "../errors.ts";
import { trackWrite } from "../storage/managed-fields.ts";
import { decodeObject } from "../request/decode-object.ts";
import { isUnchanged, keepSystemFields, metadataErrors, metadataUpdateErrors } from "../storage/metadata.ts";
import { viewOf } from "../kinds/registry.ts";
import { type Call, isDryRun, objectBody } from "../request/call.ts";

/** Throws 400 or 409 when the body does not mean this object, or not this state of it. */
export function checkIdentity({ type, name = "", namespace }: Call, given: UnknownObject, old: UnknownObject): void {
  const { metadata } = given;
  if (metadata.name && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (!metadata.name) throw badRequest("name must be provided");
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(
      `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace ?? ""})`,
    );
  }
  const { uid, resourceVersion } = metadata;
  if (uid && uid !== old.metadata.uid) {
    const reason = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`;
    throw conflict(type.kind, name, reason);
  }
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(type.kind, name, modified);
}

/** Throws 422 when the kind's updates have to name a version, and this one does not. */
function requireVersion({ type, name = "" }: Call, { metadata }: UnknownObject): void {
  if (!metadata.resourceVersion && type.strategy.requiresVersion) {
    const detail = "must be specified for an update";
    throw invalid(type.kind, name, [{ type: "Invalid", field: "metadata.resourceVersion", detail, value: 0 }]);
  }
}

/** Takes from `next` only what this endpoint may write. */
function separateStatus({ type, subresource }: Call, next: UnknownObject, old: UnknownObject): UnknownObject {
  const { strategy } = type;
  if (subresource === "status") {
    const metadata = strategy.statusKeepsMetadata ? next.metadata : old.metadata;
    return { ...old, metadata, ...("status" in next && { status: next["status"] }) };
  }
  if (!strategy.hasStatus) return next;
  const { status: _, ...rest } = next;
  return { ...rest, ...("status" in old && { status: old["status"] }) };
}

function withGeneration(next: UnknownObject, old: UnknownObject): UnknownObject {
  const spec = ({ metadata: _m, status: _s, ...rest }: UnknownObject) => rest;
  if (deepEqual(spec(next), spec(old))) return next;
  return { ...next, metadata: { ...next.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
}

function check({ type, name = "", subresource }: Call, next: UnknownObject, old: UnknownObject): void {
  const { strategy } = type;
  const errors = [
    ...metadataUpdateErrors(next.metadata, old.metadata),
    ...metadataErrors(type, next),
    ...(subresource === "status"
      ? (strategy.validateStatus?.(next, old) ?? [])
      : (strategy.validate?.(next, old) ?? [])),
  ];
  if (errors.length > 0) throw invalid(type.kind, name, errors);
}

/** Nothing holds an object any more that is being deleted: no finalizer, no grace period. */
const isGone = ({ metadata }: UnknownObject): boolean =>
  metadata.deletionTimestamp !== undefined &&
  !metadata.finalizers?.length &&
  (metadata.deletionGracePeriodSeconds ?? 0) === 0;

/** Writes `given` over `old` (both as this version sees them). `status` is the HTTP status of success. */
export async function replaceObject(
  core: Core,
  call: Call,
  { given, old, tracked }: { readonly given: UnknownObject; readonly old: UnknownObject; readonly tracked?: boolean },
): Promise<HandlerResponse> {
  const { type, subresource } = call;
  const { strategy } = type;
  const { object, warnings } = decodeObject(call, given);
  const separated = separateStatus(call, object, old);
  const { managedFields } = tracked ? given.metadata : old.metadata;
  const metadata = keepSystemFields({ ...separated.metadata, managedFields }, old.metadata);
  const kept = { ...separated, metadata };
  const changed = subresource === "status" ? kept : (strategy.onUpdate?.(kept, old, contextOf(core)) ?? kept);
  const counted = strategy.hasGeneration && subresource !== "status" ? withGeneration(changed, old) : changed;
  check(call, counted, old);
  const next = tracked ? counted : trackWrite(core, call, { next: counted, old: withOwners(old, given) });
  const said = [...warnings, ...(strategy.warn?.(next) ?? [])];
  if (isDryRun(call.request)) return json(next, 200, said);
  if (isUnchanged(next, old) && (!tracked || deepEqual(next.metadata.managedFields, old.metadata.managedFields))) {
    return json(old, 200, said);
  }
  const stored = store(core, call, next);
  await durable(core);
  return json(stored, 200, said);
}

/** An empty list of managers makes the server forget them; any other list from outside changes nothing. */
function withOwners(old: UnknownObject, { metadata }: UnknownObject): UnknownObject {
  if (metadata.managedFields?.length !== 0) return old;
  return { ...old, metadata: { ...old.metadata, managedFields: [] } };
}

function store(core: Core, { type, namespace, name = "" }: Call, next: UnknownObject): UnknownObject {
  const stored = type.view?.to(next) ?? next;
  if (!isGone(next)) return viewOf(type, core.store.put(type.storage, stored));
  core.store.remove(type.storage, keyFor(namespace, name));
  return next;
}

export async function update(core: Core, call: Call): Promise<HandlerResponse> {
  const given = objectBody(call.request);
  const { type, namespace, name = "" } = call;
  const isThere = core.store.get(type.storage, keyFor(namespace, name)) !== undefined;
  if (!isThere && type.strategy.allowCreateOnUpdate && !call.subresource) return createObject(core, call, { given });
  const old = viewOf(type, mustGet(core, call));
  checkIdentity(call, given, old);
  requireVersion(call, given);
  return replaceObject(core, call, { given, old });
}
