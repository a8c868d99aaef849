/** DELETE of one object or a collection: preconditions, grace periods, finalizers, propagation. */
import { formatTime } from "../../../meta/condition.ts";
import { keyOf, type UnknownObject } from "../../../meta/object.ts";
import { type HandlerResponse, json } from "../wire/response.ts";
import { contextOf, type Core, durable, mustGet } from "../core.ts";
import { badRequest, conflict } from "../errors.ts";
import { selectObjects } from "./list.ts";
import { type ResourceType, viewOf } from "../kinds/registry.ts";
import { type Call, integer, isDryRun, param } from "../request/call.ts";

export interface DeleteRequest {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly orphanDependents?: boolean;
  readonly dryRun: boolean;
}

const policies = ["Background", "Foreground", "Orphan"];

/** From the body (DeleteOptions), else the query. */
export function deleteRequestOf({ request }: Call): DeleteRequest {
  const body = (
    typeof request.body === "object" && request.body !== null ? request.body : {}
  ) as Partial<DeleteRequest>;
  const propagationPolicy = body.propagationPolicy ?? param(request, "propagationPolicy");
  if (propagationPolicy && !policies.includes(propagationPolicy)) {
    const known = policies.map((policy) => `"${policy}"`).join(", ");
    throw badRequest(`invalid propagationPolicy "${propagationPolicy}": supported values: ${known}`);
  }
  return {
    ...body,
    ...(propagationPolicy && { propagationPolicy }),
    gracePeriodSeconds: body.gracePeriodSeconds ?? integer(request, "gracePeriodSeconds"),
    dryRun: isDryRun(request, body),
  };
}

const foreground = "foregroundDeletion";
const orphan = "orphan";

/** The policy's finalizer takes the place of the others'. */
function finalizersFor(object: UnknownObject, options: DeleteRequest): readonly string[] {
  const policy = options.propagationPolicy ?? (options.orphanDependents ? "Orphan" : undefined);
  const old = object.metadata.finalizers ?? [];
  if (!policy) return old;
  const others = old.filter((name) => name !== foreground && name !== orphan);
  if (policy === "Foreground") return [...others, foreground];
  return policy === "Orphan" ? [...others, orphan] : others;
}

function checkPreconditions(
  { kind }: ResourceType,
  object: UnknownObject,
  wanted: DeleteRequest["preconditions"],
): void {
  const { name = "", uid, resourceVersion } = object.metadata;
  if (wanted?.uid && wanted.uid !== uid) {
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`);
  }
  if (wanted?.resourceVersion && wanted.resourceVersion !== resourceVersion) {
    const reason = `Precondition failed: ResourceVersion in precondition: ${wanted.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`;
    throw conflict(kind, name, reason);
  }
}

/** The object marked as being deleted; unchanged when it was, with no shorter grace. */
function marked(core: Core, object: UnknownObject, grace: number): UnknownObject {
  const { metadata } = object;
  const before = metadata.deletionTimestamp === undefined ? undefined : (metadata.deletionGracePeriodSeconds ?? 0);
  if (before !== undefined && before <= grace) return object;
  const now = core.clock.now();
  return {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: formatTime(new Date(now.getTime() + grace * 1000)),
      deletionGracePeriodSeconds: grace,
      ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
    },
  };
}

/** What became of an object: removed, or still there waiting. */
export interface Deletion {
  readonly removed: boolean;
  readonly object: UnknownObject;
}

/** Deletes one stored object, within this turn. */
export function deleteStored(
  core: Core,
  type: ResourceType,
  target: { readonly stored: UnknownObject; readonly options: DeleteRequest },
): Deletion {
  const { stored, options } = target;
  checkPreconditions(type, stored, options.preconditions);
  const asked = options.gracePeriodSeconds;
  if (asked !== undefined && asked < 0)
    throw badRequest(`gracePeriodSeconds: Invalid value: ${asked}: must be greater than or equal to 0`);
  const grace = type.strategy.graceSeconds?.(stored, asked) ?? 0;
  const finalizers = finalizersFor(stored, options);
  const held = finalizers.length > 0 || grace > 0 || isHeldByNamespace(stored);
  if (!held) {
    if (options.dryRun) return { removed: true, object: stored };
    return { removed: true, object: core.store.remove(type.storage, keyOf(stored)) ?? stored };
  }
  const { finalizers: before = [], ...metadata } = stored.metadata;
  const sameFinalizers = before.length === finalizers.length && before.every((name) => finalizers.includes(name));
  const refinalized = sameFinalizers
    ? stored
    : { ...stored, metadata: { ...metadata, ...(finalizers.length > 0 && { finalizers }) } };
  const next =
    type.strategy.onDelete?.(marked(core, refinalized, grace), contextOf(core)) ?? marked(core, refinalized, grace);
  if (next === stored || options.dryRun) return { removed: false, object: next };
  return { removed: false, object: core.store.put(type.storage, next) };
}

/** Namespaces have finalizers of their own in their spec. */
function isHeldByNamespace(object: UnknownObject): boolean {
  const spec = object["spec"] as { finalizers?: readonly string[] } | undefined;
  return object.kind === "Namespace" && object.apiVersion === "v1" && (spec?.finalizers?.length ?? 0) > 0;
}

function success(type: ResourceType, { metadata }: UnknownObject): unknown {
  const { group, resource } = type.kind;
  const details = { name: metadata.name, ...(group && { group }), kind: resource, uid: metadata.uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

export async function deleteOne(core: Core, call: Call): Promise<HandlerResponse> {
  const { type } = call;
  const deletion = deleteStored(core, type, { stored: mustGet(core, call), options: deleteRequestOf(call) });
  await durable(core);
  if (deletion.removed && !type.strategy.answersDeleted) return json(success(type, deletion.object));
  return json(viewOf(type, deletion.object));
}

export async function deleteCollection(core: Core, call: Call): Promise<HandlerResponse> {
  const { type } = call;
  const options = deleteRequestOf(call);
  const selected = selectObjects(core, call);
  const items = selected.items.map((stored) => deleteStored(core, type, { stored, options }).object);
  await durable(core);
  const metadata = { resourceVersion: String(core.store.version) };
  return json({
    apiVersion: type.kind.group ? `${type.kind.group}/${type.kind.version}` : type.kind.version,
    kind: type.listKind,
    metadata,
    items: items.map((item) => viewOf(type, item)),
  });
}
