/**
 * One write of a plan: create what is missing, patch what differs, delete. What the server answers goes into the cache
 * at once, so that the next reconcile sees it. Answers whether anything was written.
 */
import { controllerOf, keyOf, type Kind, type KubeObject, type ObjectRef } from "../meta/object.ts";
import type { Client } from "../kube/client.ts";
import { isAlreadyExists, isConflict, isNotFound, KubeError } from "../kube/errors.ts";
import { deepEqual } from "../machinery/deep-equal.ts";
import { applyMergePatch, subsetPatch } from "../machinery/patch/merge.ts";
import { matchesLabels, parseSelector } from "../machinery/selector.ts";
import { type Cache, kindKey } from "./cache.ts";
import type { GeneratedNames } from "./generated-names.ts";
import type { Verb } from "./noun.ts";
import type { Apply, Remove, RemoveCollection } from "./plan.ts";
import type { SettledDifferences } from "./settled-differences.ts";

export interface Writer {
  readonly client: Client;
  readonly cache: Cache;
  readonly settled: SettledDifferences;
  readonly names: GeneratedNames;
  /** 32 random bytes, in base64. */
  readonly secret: () => string;
}

/** Whether anything was written, and as what: a generated name is known only then. */
export interface Wrote {
  readonly wrote: boolean;
  readonly verb: Verb;
  readonly name: string;
}

/** The fields a target speaks of: its kind is known, its status is not written this way. */
function fieldsOf(target: KubeObject): unknown {
  const { apiVersion: _, kind: __, status: ___, ...fields } = target as KubeObject & { readonly status?: unknown };
  return fields;
}

/** `rootUid` tells the slots of one root from those of another. */
export async function applyObject(writer: Writer, apply: Apply, rootUid: string): Promise<Wrote> {
  const { kind, target, mode = "merge", subresource } = apply;
  if (target.metadata.name === undefined) return createNamed(writer, apply, rootUid);
  const { name, namespace, uid } = target.metadata;
  const answer = (verb: Verb, wrote: boolean): Wrote => ({ wrote, verb, name });
  if (subresource) return answer("Update", await applyStatus(writer, apply));
  const outside = mode === "create" ? writer.cache.findOutside(kind, namespace, name) : undefined;
  if (outside) return answer("Create", await maintain(writer, apply, outside));
  const live = await read(writer, { kind, namespace, name });
  if (mode === "patch" || uid !== undefined) {
    const isMeant = live !== undefined && (uid === undefined || live.metadata.uid === uid);
    return answer("Update", isMeant && (await patchLive(writer, kind, target, live)) === "written");
  }
  if (live) return answer("Update", await maintain(writer, apply, live));
  return answer("Create", await createOrMaintain(writer, apply));
}

/** Whether the server has said what became of a write. Without an answer, or with one of its own troubles, it may have been made. */
const isAnswered = (error: unknown): boolean => error instanceof KubeError && error.code < 500;

/** Under a name of ours: one more try after a lost answer meets what the first has made. */
async function createNamed(writer: Writer, apply: Apply, rootUid: string): Promise<Wrote> {
  const { target, kind } = apply;
  const { metadata } = target;
  const { generateName = "" } = metadata;
  const slot = [rootUid, kindKey(kind), apply.slot ?? generateName].join("/");
  const name = writer.names.take(slot, generateName);
  const named = { ...apply, mode: "create" as const, target: { ...target, metadata: { ...metadata, name } } };
  try {
    const wrote = await createOrMaintain(writer, named);
    writer.names.settle(slot);
    return { wrote, verb: "Create", name };
  } catch (error) {
    if (isAnswered(error)) writer.names.settle(slot);
    throw error;
  }
}

/** The status of an object that is there; nothing to do for one that is not. */
async function applyStatus(writer: Writer, { kind, target, subresource }: Apply): Promise<boolean> {
  const { client, cache } = writer;
  const { name = "", namespace, uid } = target.metadata;
  const live = await read(writer, { kind, namespace, name });
  if (!live || (uid !== undefined && live.metadata.uid !== uid)) return false;
  const statusOf = (object: KubeObject) => ({ status: (object as { readonly status?: unknown }).status });
  const patch = subsetPatch(statusOf(target), statusOf(live));
  if (patch === undefined) return false;
  cache.put(kind, await client.patch<KubeObject>({ kind, namespace, name }, patch, { type: "merge", subresource }));
  return true;
}

async function createOrMaintain(writer: Writer, apply: Apply): Promise<boolean> {
  const { kind, target } = apply;
  const { name = "", namespace } = target.metadata;
  try {
    await create(writer, apply);
    return true;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const live = await writer.client.get<KubeObject>({ kind, namespace, name });
    writer.cache.put(kind, live);
    return maintain(writer, apply, live);
  }
}

async function maintain(writer: Writer, apply: Apply, live: KubeObject): Promise<boolean> {
  const { kind, target, mode, accepts } = apply;
  if (accepts !== "any") refuseForeign(target, live);
  if (mode === "create") return false;
  const outcome = await patchLive(writer, kind, target, live);
  if (outcome === "gone") await create(writer, apply);
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
  return cache.isCached(ref.kind) ? cache.find(ref.kind, ref.namespace, ref.name) : fetch(client, ref);
}

async function fetch(client: Client, ref: ObjectRef): Promise<KubeObject | undefined> {
  try {
    return await client.get<KubeObject>(ref);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** With the fields filled in that the plan wants fresh. */
function filled(target: KubeObject, paths: readonly (readonly string[])[], secret: () => string): KubeObject {
  return paths.reduce<KubeObject>((object, path) => {
    const patch = path.reduceRight<unknown>((value, key) => ({ [key]: value }), secret());
    return applyMergePatch(object, patch) as KubeObject;
  }, target);
}

async function create(writer: Writer, { kind, target, fresh = [] }: Apply): Promise<void> {
  const { client, cache, settled, secret } = writer;
  const created = await client.create(kind, filled(target, fresh, secret));
  cache.put(kind, created);
  // Objects with generated names are replaced, never patched as a whole.
  if (target.metadata.generateName === undefined)
    settled.learn(created.metadata.uid ?? "", subsetPatch(fieldsOf(target), created), created);
}

type Patched = "written" | "same" | "gone";

async function patchLive(writer: Writer, kind: Kind, target: KubeObject, live: KubeObject): Promise<Patched> {
  const { client, cache, settled } = writer;
  const { name = "", namespace, uid = "" } = live.metadata;
  const fields = fieldsOf(target);
  const patch = settled.pending(uid, subsetPatch(fields, live), live);
  if (patch === undefined) return "same";
  try {
    const answer = await client.patch<KubeObject>({ kind, namespace, name }, patch, { type: "merge" });
    cache.put(kind, answer);
    settled.learn(uid, subsetPatch(fields, answer), answer);
    return answer.metadata.resourceVersion === live.metadata.resourceVersion ? "same" : "written";
  } catch (error) {
    if (!isNotFound(error)) throw error;
    cache.drop(kind, live);
    return "gone";
  }
}

/** Success as soon as the object meant is gone or on its way out. */
export async function removeObject(writer: Writer, remove: Remove): Promise<boolean> {
  const { target, propagationPolicy, gracePeriodSeconds } = remove;
  const { kind, namespace, name } = target;
  const { cache, client } = writer;
  const known = cache.find(kind, namespace, name);
  if ((known || cache.isWhole(kind)) && isLeaving(known, remove)) return false;
  const gone = () => known && isMeant(known, target) && cache.drop(kind, known);
  try {
    const left = await client.delete(target, { propagationPolicy, gracePeriodSeconds });
    if (known) cache.removing(known);
    if (left) cache.put(kind, left);
    else gone();
    return true;
  } catch (error) {
    if (isConflict(error) && target.uid !== undefined) {
      const live = await fetch(client, target);
      if (live && live.metadata.uid === target.uid) throw error;
      gone();
      if (live) cache.put(kind, live);
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
    const objects = membersOf(cache, { kind, namespace, labelSelector });
    const members = cache.isCached(kind) ? objects.map(versionOf) : undefined;
    if (members?.length === 0) this.#asked.delete(key);
    if (members && (members.length === 0 || deepEqual(this.#asked.get(key), members))) return false;
    await client.deleteCollection(kind, { namespace, labelSelector });
    for (const object of objects) cache.removing(object);
    if (members) this.#asked.set(key, members);
    return true;
  }
}

const versionOf = ({ metadata }: KubeObject): string => `${metadata.uid}@${metadata.resourceVersion}`;

/** The members not being deleted. */
function membersOf(cache: Cache, { kind, namespace, labelSelector }: RemoveCollection): readonly KubeObject[] {
  const selector = parseSelector(labelSelector);
  return cache
    .members(kind, namespace)
    .filter(({ metadata }) => !metadata.deletionTimestamp && matchesLabels(selector, metadata.labels));
}
