/** DELETE of an object and of a collection: preconditions, propagation, grace periods and finalizers. */
import { formatTime } from "../../../api/meta/condition.ts";
import type { UnknownObject } from "../../../api/meta/object.ts";
import { keyOf } from "../../../api/meta/object.ts";
import { acknowledged, type Api, inVersion, type Query, type Target } from "../api.ts";
import { conflict, forbidden } from "../errors.ts";
import type { Resource } from "../resource.ts";
import { selected } from "./list.ts";
import { existing } from "./update.ts";

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

const propagationFinalizers: Readonly<Record<string, string>> = { Foreground: "foregroundDeletion", Orphan: "orphan" };

function checkPreconditions({ resource, name = "" }: Target, object: UnknownObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const has = object.metadata;
  if (uid !== undefined && uid !== has.uid) {
    throw conflict(resource.kind, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${has.uid}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== has.resourceVersion) {
    throw conflict(resource.kind, name, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${has.resourceVersion}`);
  }
}

/** Body and query of a DELETE, merged. */
export function deleteOptions(body: unknown, query: Query): DeleteOptions {
  const options = (typeof body === "object" && body !== null ? body : {}) as DeleteOptions;
  const grace = query("gracePeriodSeconds");
  const policy = query("propagationPolicy");
  return {
    ...options,
    ...(grace !== undefined && { gracePeriodSeconds: Number(grace) }),
    ...(policy !== undefined && { propagationPolicy: policy }),
    ...(query("dryRun") === "All" && { dryRun: ["All"] }),
  };
}

function graceFor(resource: Resource, object: UnknownObject, options: DeleteOptions): number {
  const usual = resource.rules.gracePeriod?.(object) ?? 0;
  if (usual === 0) return 0;
  return Math.max(0, Math.min(options.gracePeriodSeconds ?? usual, object.metadata.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY));
}

/** Removes the object now if nothing holds it any more; else answers it as it is. */
export function finishDeletion(api: Api, resource: Resource, object: UnknownObject): UnknownObject {
  const { deletionTimestamp, finalizers, deletionGracePeriodSeconds } = object.metadata;
  const held = finalizers?.length || (deletionGracePeriodSeconds ?? 0) > 0 || isHeldNamespace(resource, object);
  if (!deletionTimestamp || held) return object;
  return removed(api, resource, object);
}

/** A namespace goes only when its own finalizers (`spec.finalizers`) are gone. */
function isHeldNamespace(resource: Resource, object: UnknownObject): boolean {
  if (resource.kind.resource !== "namespaces") return false;
  return ((object["spec"] as { finalizers?: unknown[] } | undefined)?.finalizers?.length ?? 0) > 0;
}

function removed(api: Api, resource: Resource, object: UnknownObject): UnknownObject {
  const last = api.store.remove(resource.storage, keyOf(object)) ?? object;
  if (resource.kind.resource === "customresourcedefinitions") removeInstances(api, object);
  return last;
}

/** A definition takes its objects along. */
function removeInstances(api: Api, definition: UnknownObject): void {
  const { group, names } = definition["spec"] as { group: string; names: { plural: string } };
  for (const object of api.store.list(`${group}/${names.plural}`)) api.store.remove(`${group}/${names.plural}`, keyOf(object));
  api.registry.undefine(definition.metadata.name ?? "");
}

/** Marks the object as being deleted, or removes it. */
export function deleteObject(api: Api, resource: Resource, object: UnknownObject, options: DeleteOptions): UnknownObject {
  const { metadata } = object;
  const grace = graceFor(resource, object, options);
  const policy = options.propagationPolicy ?? (options.orphanDependents ? "Orphan" : undefined);
  const extra = policy === undefined ? undefined : propagationFinalizers[policy];
  const finalizers = extra && !metadata.finalizers?.includes(extra) ? [...(metadata.finalizers ?? []), extra] : metadata.finalizers;
  const held = (finalizers?.length ?? 0) > 0 || isHeldNamespace(resource, object);
  if (grace === 0 && !held) return removed(api, resource, object);
  const again = metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === grace && !extra;
  if (again) return object;
  const at = new Date(api.clock.now().getTime() + grace * 1000);
  const deletionTimestamp = metadata.deletionTimestamp && grace >= (metadata.deletionGracePeriodSeconds ?? 0) ? metadata.deletionTimestamp : formatTime(at);
  const marked: UnknownObject = {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp,
      deletionGracePeriodSeconds: grace,
      ...(finalizers && { finalizers }),
      ...(metadata.generation !== undefined && !metadata.deletionTimestamp && { generation: metadata.generation + 1 }),
    },
    ...(resource.kind.resource === "namespaces" && { status: { phase: "Terminating" } }),
  };
  return api.store.put(resource.storage, marked);
}

const protectedNamespaces = new Set(["default", "kube-system", "kube-public", "kube-node-lease"]);

/** Answers the object while it is still there, else a success Status. */
export async function remove(api: Api, target: Target, options: DeleteOptions): Promise<unknown> {
  const { resource, name = "" } = target;
  const object = existing(api, target);
  checkPreconditions(target, object, options);
  if (resource.kind.resource === "namespaces" && protectedNamespaces.has(name)) throw forbidden(`namespaces "${name}" is forbidden: this namespace may not be deleted`);
  const answer = options.dryRun?.includes("All") ? object : deleteObject(api, resource, object, options);
  const still = api.store.get(resource.storage, keyOf(object));
  const { group, resource: plural } = resource.kind;
  const details = { name, ...(group && { group }), kind: plural, uid: object.metadata.uid };
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
  return acknowledged(api, still || resource.kind.resource === "pods" ? inVersion(resource, answer) : status);
}

/** Deletes what the selectors match; answers the list of what was there. */
export async function removeCollection(api: Api, target: Target, query: Query, options: DeleteOptions): Promise<unknown> {
  const { resource } = target;
  const items = selected(api, target, query);
  if (!options.dryRun?.includes("All")) for (const item of items) deleteObject(api, resource, item, options);
  const list = { apiVersion: "v1", kind: `${resource.kind.kind}List`, metadata: { resourceVersion: String(api.store.version) }, items };
  return acknowledged(api, list);
}
