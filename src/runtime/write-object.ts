/**
 * One write of a plan: create what is missing, patch what differs, delete. What the server answers goes into the cache
 * at once, so that the next pass sees it. Answers whether anything was written.
 */
import { controllerOf, keyOf, type Kind, type KubeObject, type ObjectRef } from "../api/meta/object.ts";
import type { Client } from "../kube/client.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../kube/errors.ts";
import type { ObjectStore } from "../kube/store.ts";
import { deepEqual } from "../machinery/deep-equal.ts";
import { subsetPatch } from "../machinery/patch/merge.ts";
import { matchesLabels, parseSelector } from "../machinery/selector.ts";
import type { Cache } from "./cache.ts";
import { kindKey } from "./cache.ts";
import type { Apply, Remove, RemoveCollection } from "./plan.ts";
import type { Residues } from "./residues.ts";

export interface Writer {
  readonly client: Client;
  readonly cache: Cache;
  readonly residues: Residues;
}

/** The fields a target speaks of: its kind is known, its status is not written this way. */
function fieldsOf(target: KubeObject): unknown {
  const { apiVersion: _, kind: __, status: ___, ...fields } = target as KubeObject & { readonly status?: unknown };
  return fields;
}

export async function applyObject(writer: Writer, apply: Apply): Promise<boolean> {
  const { kind, target, mode = "merge", subresource } = apply;
  if (subresource) return applyStatus(writer, apply);
  if (target.metadata.name === undefined) {
    await create(writer, kind, target);
    return true;
  }
  const { name, namespace, uid } = target.metadata;
  const live = await read(writer, { kind, namespace, name });
  if (mode === "patch" || uid !== undefined) {
    const isMeant = live !== undefined && (uid === undefined || live.metadata.uid === uid);
    return isMeant && (await patchLive(writer, kind, target, live)) === "written";
  }
  return live ? maintain(writer, { kind, target, mode }, live) : createOrMaintain(writer, { kind, target, mode });
}

/** The status of an object that is there; nothing to do for one that is not. */
async function applyStatus({ client, cache }: Writer, { kind, target, subresource }: Apply): Promise<boolean> {
  const { name = "", namespace, uid } = target.metadata;
  const store = cache.find(kind);
  const live = store ? store.get(namespace, name) : await fetch(client, { kind, namespace, name });
  if (!live || (uid !== undefined && live.metadata.uid !== uid)) return false;
  const statusOf = (object: KubeObject) => ({ status: (object as { readonly status?: unknown }).status });
  const patch = subsetPatch(statusOf(target), statusOf(live));
  if (patch === undefined) return false;
  store?.upsert(await client.patch<KubeObject>({ kind, namespace, name }, patch, { type: "merge", subresource }));
  return true;
}

async function createOrMaintain(writer: Writer, apply: Apply): Promise<boolean> {
  const { kind, target } = apply;
  const { name = "", namespace } = target.metadata;
  try {
    await create(writer, kind, target);
    return true;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const live = await writer.client.get<KubeObject>({ kind, namespace, name });
    writer.cache.find(kind)?.upsert(live);
    return maintain(writer, apply, live);
  }
}

async function maintain(writer: Writer, { kind, target, mode }: Apply, live: KubeObject): Promise<boolean> {
  refuseForeign(target, live);
  if (mode === "create") return false;
  const outcome = await patchLive(writer, kind, target, live);
  if (outcome === "gone") await create(writer, kind, target);
  return outcome !== "same";
}

/** An object of that name that somebody else controls is not ours to adopt. */
function refuseForeign(target: KubeObject, live: KubeObject): void {
  const wanted = controllerOf(target);
  const actual = controllerOf(live);
  if (!wanted || actual?.uid === wanted.uid) return;
  const owner = actual ? `${actual.kind} ${actual.name}` : "nobody";
  throw new Error(`${live.kind} ${keyOf(live)} already exists and is controlled by ${owner}`);
}

/** From the cache where the kind is cached, else from the server. */
async function read({ client, cache }: Writer, ref: ObjectRef): Promise<KubeObject | undefined> {
  const store = cache.find(ref.kind);
  return store ? store.get(ref.namespace, ref.name) : fetch(client, ref);
}

async function fetch(client: Client, ref: ObjectRef): Promise<KubeObject | undefined> {
  try {
    return await client.get<KubeObject>(ref);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function create({ client, cache, residues }: Writer, kind: Kind, target: KubeObject): Promise<void> {
  const created = await client.create(kind, target);
  cache.find(kind)?.upsert(created);
  if (target.metadata.name !== undefined)
    residues.learn(created.metadata.uid ?? "", subsetPatch(fieldsOf(target), created), created);
}

type Patched = "written" | "same" | "gone";

async function patchLive(writer: Writer, kind: Kind, target: KubeObject, live: KubeObject): Promise<Patched> {
  const { client, cache, residues } = writer;
  const { name = "", namespace, uid = "" } = live.metadata;
  const fields = fieldsOf(target);
  const patch = residues.pending(uid, subsetPatch(fields, live), live);
  if (patch === undefined) return "same";
  try {
    const answer = await client.patch<KubeObject>({ kind, namespace, name }, patch, { type: "merge" });
    cache.find(kind)?.upsert(answer);
    residues.learn(uid, subsetPatch(fields, answer), answer);
    return answer.metadata.resourceVersion === live.metadata.resourceVersion ? "same" : "written";
  } catch (error) {
    if (!isNotFound(error)) throw error;
    cache.find(kind)?.remove(live);
    return "gone";
  }
}

/** Success as soon as the object meant is gone or on its way out. */
export async function removeObject(writer: Writer, remove: Remove): Promise<boolean> {
  const { target, propagationPolicy, gracePeriodSeconds } = remove;
  const store = writer.cache.find(target.kind);
  const known = store?.get(target.namespace, target.name);
  if (store && (known || !store.narrowed) && isLeaving(known, remove)) return false;
  const gone = () => known && isMeant(known, target) && store?.remove(known);
  try {
    const left = await writer.client.delete(target, { propagationPolicy, gracePeriodSeconds });
    if (left) store?.upsert(left);
    else gone();
    return true;
  } catch (error) {
    if (isConflict(error) && target.uid !== undefined) {
      const live = await fetch(writer.client, target);
      if (live && live.metadata.uid === target.uid) throw error;
      gone();
      if (live) store?.upsert(live);
      return false;
    }
    if (!isNotFound(error)) throw error;
    gone();
    return false;
  }
}

const isMeant = (object: KubeObject, { uid }: ObjectRef) => uid === undefined || object.metadata.uid === uid;

/** Nothing is to be asked for: it is gone, another has its name, or it is being deleted as fast as we want. */
function isLeaving(known: KubeObject | undefined, { target, gracePeriodSeconds }: Remove): boolean {
  if (!known || !isMeant(known, target)) return true;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = known.metadata;
  if (deletionTimestamp === undefined) return false;
  return gracePeriodSeconds === undefined || deletionGracePeriodSeconds <= gracePeriodSeconds;
}

/**
 * Deletes a collection when the cache holds members that are not being deleted yet. The server does not answer what it
 * deleted, so the members are remembered: until the watch tells of them they are not asked for a second time.
 */
export class CollectionRemover {
  readonly #asked = new Map<string, readonly string[]>();

  async remove({ client, cache }: Writer, { kind, namespace, labelSelector }: RemoveCollection): Promise<boolean> {
    const key = [kindKey(kind), namespace, labelSelector].join("\0");
    const members = membersOf(cache.find(kind), namespace, labelSelector);
    if (members?.length === 0) this.#asked.delete(key);
    if (members && (members.length === 0 || deepEqual(this.#asked.get(key), members))) return false;
    await client.deleteCollection(kind, { namespace, labelSelector });
    if (members) this.#asked.set(key, members);
    return true;
  }
}

/** Names and versions of the members not being deleted; undefined when the kind is not cached. */
function membersOf(store: ObjectStore | undefined, namespace: string, labelSelector: string) {
  const selector = parseSelector(labelSelector);
  return store
    ?.list({ namespace })
    .filter(({ metadata }) => !metadata.deletionTimestamp && matchesLabels(selector, metadata.labels))
    .map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`);
}
