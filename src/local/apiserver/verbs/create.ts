/** POST of an object: named, dated, defaulted, validated, stored. */
import { formatTime } from "../../../meta/condition.ts";
import type { ManagedFieldsEntry, ObjectMeta, UnknownObject } from "../../../meta/object.ts";
import { randomSuffix } from "../../../machinery/names.ts";
import { type HandlerResponse, json } from "../wire/response.ts";
import { contextOf, type Core, durable, keyFor, makeUid } from "../core.ts";
import { alreadyExists, badRequest, forbidden, invalid, notFound } from "../errors.ts";
import { trackWrite } from "../storage/managed-fields.ts";
import { decodeObject } from "../request/decode-object.ts";
import { metadataErrors } from "../storage/metadata.ts";
import { viewOf } from "../kinds/registry.ts";
import { type Call, isDryRun, objectBody } from "../request/call.ts";

const namespaceKind = { group: "", resource: "namespaces", kind: "Namespace" };
const maxGeneratedBase = 58;
const maxNameAttempts = 8;

/** The namespace to create in: it must be there, and not on its way out. */
export function checkNamespace({ store }: Core, call: Call, metadata: ObjectMeta): void {
  const { namespace, type } = call;
  if (!namespace) return;
  const found = store.get("namespaces", namespace);
  if (!found) throw notFound(namespaceKind, namespace);
  if (!found.metadata.deletionTimestamp) return;
  const reason = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(type.kind, metadata.name ?? metadata.generateName ?? "", reason);
}

function checkScope({ type, namespace }: Call, metadata: ObjectMeta): void {
  if (type.kind.namespaced && !namespace) throw badRequest("an empty namespace may not be set during creation");
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (metadata.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
}

function freshName(core: Core, { type, namespace }: Call, base: string): string {
  for (let attempt = 1; ; attempt++) {
    const name = `${base.slice(0, maxGeneratedBase)}${randomSuffix(core.random)}`;
    if (attempt === maxNameAttempts || !core.store.get(type.storage, keyFor(namespace, name))) return name;
  }
}

/** Metadata as the server completes it. */
function completeMetadata(core: Core, call: Call, given: ObjectMeta): ObjectMeta {
  const {
    resourceVersion: _version,
    deletionTimestamp: _deletion,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    managedFields: _managed,
    ...rest
  } = given;
  const name = given.name || (given.generateName ? freshName(core, call, given.generateName) : undefined);
  return {
    ...rest,
    ...(name !== undefined && { name }),
    ...(call.namespace && { namespace: call.namespace }),
    uid: makeUid(core.random),
    creationTimestamp: formatTime(core.clock.now()),
    ...(call.type.strategy.hasGeneration && { generation: 1 }),
  };
}

/** From a body to the object to store. Throws what is wrong with it. */
function prepare(core: Core, call: Call, object: UnknownObject): UnknownObject {
  const { strategy, kind } = call.type;
  const { status: _, ...withoutStatus } = object;
  const named = {
    ...(strategy.hasStatus ? withoutStatus : object),
    metadata: completeMetadata(core, call, object.metadata),
  } as UnknownObject;
  const ready = strategy.onCreate?.(named, contextOf(core)) ?? named;
  const errors = [...metadataErrors(call.type, ready), ...(strategy.validate?.(ready) ?? [])];
  if (errors.length > 0) throw invalid(kind, ready.metadata.name ?? "", errors);
  return ready;
}

export interface Creation {
  readonly given: UnknownObject;
  /** Owners, where they are known already (server-side apply). */
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** Creates `given` (defaults not yet filled in); also what a server-side apply of a missing object does. */
export async function createObject(core: Core, call: Call, creation: Creation): Promise<HandlerResponse> {
  const { type } = call;
  const { given, managedFields } = creation;
  checkScope(call, given.metadata);
  const { object, warnings } = decodeObject(call, given);
  checkNamespace(core, call, object.metadata);
  const { name } = object.metadata;
  if (name && core.store.get(type.storage, keyFor(call.namespace, name))) throw alreadyExists(type.kind, name);
  const prepared = prepare(core, call, object);
  const ready = managedFields
    ? { ...prepared, metadata: { ...prepared.metadata, managedFields } }
    : trackWrite(core, call, { next: prepared });
  const said = [...warnings, ...(type.strategy.warn?.(ready) ?? [])];
  if (isDryRun(call.request)) return json(ready, 201, said);
  const stored = core.store.put(type.storage, type.view?.to(ready) ?? ready);
  await durable(core);
  return json(viewOf(type, stored), 201, said);
}

export const create = async (core: Core, call: Call): Promise<HandlerResponse> =>
  createObject(core, call, { given: objectBody(call.request) });
