/** POST on a collection. */
import { apiVersionOf, type UnknownObject } from "../../../api/meta/object.ts";
import { randomSuffix } from "../../../machinery/names.ts";
import { acknowledged, type Api, inVersion, nowText, type Query, storeKey, type Target } from "../api.ts";
import { establishedStatus } from "../crd/definition-rules.ts";
import { alreadyExists, badRequest, forbidden, invalid, notFound } from "../errors.ts";
import type { Resource } from "../resource.ts";
import { eventOut, isEvent } from "./event.ts";
import { checkUnknown } from "./unknown-fields.ts";
import { validateMetadata } from "./metadata.ts";

const namespaces = { group: "", version: "v1", kind: "Namespace", resource: "namespaces", namespaced: false } as const;

/** Body and path must agree on what is created and where. */
export function checkIdentity({ resource, namespace, name }: Target, body: unknown): UnknownObject {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badRequest("the body must be an object");
  const object = body as UnknownObject;
  const apiVersion = apiVersionOf(resource.kind);
  if (object.kind !== undefined && (object.kind !== resource.kind.kind || object.apiVersion !== apiVersion)) {
    throw badRequest(`${object.kind} in version "${object.apiVersion}" cannot be handled as a ${resource.kind.kind}: expected ${apiVersion}, kind ${resource.kind.kind}`);
  }
  const metadata = object.metadata ?? {};
  if (typeof metadata !== "object") throw badRequest("metadata must be an object");
  if (resource.kind.namespaced && metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  if (name !== undefined && metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  return { ...object, apiVersion, kind: resource.kind.kind, metadata };
}

function checkNamespace(api: Api, { resource, namespace }: Target): void {
  if (!resource.kind.namespaced) return;
  const found = api.store.get("/namespaces", namespace ?? "");
  if (!found) throw notFound(namespaces, namespace ?? "");
  if (found.metadata.deletionTimestamp) {
    throw forbidden(`unable to create new content in namespace ${namespace} because it is being terminated`);
  }
}

function nameFor(api: Api, object: UnknownObject): string | undefined {
  const { name, generateName } = object.metadata;
  return name || (generateName ? `${generateName.slice(0, 58)}${randomSuffix(api.random)}` : undefined);
}

/** Fills in what the server owns; the status of a kind with a status subresource is not the creator's to set. */
function prepared(api: Api, target: Target, object: UnknownObject): UnknownObject {
  const { resource, namespace } = target;
  const { managedFields: _, resourceVersion: __, selfLink: ___, ...metadata } = object.metadata as UnknownObject["metadata"] & { selfLink?: string };
  const { status: ____, ...rest } = object;
  const named: UnknownObject = {
    ...(resource.hasStatus ? (rest as UnknownObject) : object),
    metadata: {
      ...metadata,
      name: nameFor(api, object),
      ...(resource.kind.namespaced && { namespace }),
      uid: api.uid(),
      creationTimestamp: nowText(api),
      ...(resource.hasGeneration && { generation: 1 }),
    },
  };
  return resource.rules.prepare?.(named) ?? named;
}

export interface WriteContext {
  readonly query: Query;
  readonly warn: (text: string) => void;
}

/** Runs the rules over a new object. Throws `invalid` with every problem. */
function admitted(api: Api, target: Target, body: UnknownObject, context: WriteContext): UnknownObject {
  const { resource } = target;
  checkUnknown(resource, body, context);
  const pruned = resource.rules.prune?.(body) ?? body;
  const object = prepared(api, target, resource.rules.defaults?.(pruned) ?? pruned);
  const errors = [...validateMetadata(resource, object), ...(resource.rules.validate?.(object) ?? [])];
  if (errors.length > 0) throw invalid(resource.kind, object.metadata.name ?? "", errors);
  return object;
}

/** Stores an admitted object, with what follows from its kind. */
function store(api: Api, resource: Resource, object: UnknownObject): UnknownObject {
  if (resource.kind.resource !== "customresourcedefinitions") return api.store.put(resource.storage, object);
  api.registry.define(object);
  return api.store.put(resource.storage, establishedStatus(object, nowText(api)));
}

export async function create(api: Api, target: Target, body: unknown, context: WriteContext): Promise<UnknownObject> {
  const { resource } = target;
  const given = checkIdentity(target, body);
  if (given.metadata.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  checkNamespace(api, target);
  const object = admitted(api, target, isEvent(resource) ? eventOut(given) : given, context);
  const key = storeKey(object.metadata.namespace, object.metadata.name ?? "");
  if (api.store.get(resource.storage, key)) throw alreadyExists(resource.kind, object.metadata.name ?? "");
  if (context.query("dryRun") === "All") return inVersion(resource, object);
  return acknowledged(api, inVersion(resource, store(api, resource, object)));
}
