/**
 * The cache of one kind: objects by key, indexed by namespace, controller and the labels asked for. It also takes the
 * answers to our own writes, so that the next pass sees them: the newest resourceVersion wins, and what was deleted
 * does not come back with a late watch event.
 */
import { controllerOf, keyOf, type KubeObject } from "../api/meta/object.ts";
import { deepFreeze } from "../machinery/deep-freeze.ts";

export type Change = "added" | "updated" | "deleted";
export type Listener = (change: Change, object: KubeObject, before: KubeObject | undefined) => void;

/** Newer-than on resource versions. They are opaque by contract and growing numbers in every API server. */
export function isNewer(candidate: KubeObject, than: KubeObject): boolean {
  const a = candidate.metadata.resourceVersion ?? "0";
  const b = than.metadata.resourceVersion ?? "0";
  return a.length === b.length ? a > b : a.length > b.length;
}

const maxTombstones = 10_000;

function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

class Index {
  readonly #sets = new Map<string, Set<string>>();

  add(value: string, key: string): void {
    const set = this.#sets.get(value);
    if (set) set.add(key);
    else this.#sets.set(value, new Set([key]));
  }

  remove(value: string, key: string): void {
    const set = this.#sets.get(value);
    set?.delete(key);
    if (set?.size === 0) this.#sets.delete(value);
  }

  keys(value: string): ReadonlySet<string> {
    return this.#sets.get(value) ?? none;
  }
}

const none: ReadonlySet<string> = new Set();

export interface StoreFilter {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly controllerUid?: string;
}

export class ObjectStore {
  readonly #objects = new Map<string, KubeObject>();
  /** uids of objects deleted lately: late events about them are ignored. */
  readonly #tombstones = new Set<string>();
  readonly #byNamespace = new Index();
  readonly #byController = new Index();
  readonly #byLabel = new Map<string, Index>();
  readonly #listeners = new Set<Listener>();

  get size(): number {
    return this.#objects.size;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(namespace ? `${namespace}/${name}` : name);
  }

  /** Takes an object from a list, a watch or the answer to a write. Older versions of what is here change nothing. */
  upsert(received: KubeObject): void {
    const uid = received.metadata.uid ?? "";
    const key = keyOf(received);
    const before = this.#objects.get(key);
    if (this.#tombstones.has(uid)) return;
    if (before && !isNewer(received, before)) return;
    const object = deepFreeze(withoutManagedFields(received));
    if (before) this.#unindex(key, before);
    this.#objects.set(key, object);
    this.#index(key, object);
    this.#notify(before ? "updated" : "added", object, before);
  }

  /** The object with this uid is gone for good. */
  remove(gone: KubeObject): void {
    const uid = gone.metadata.uid ?? "";
    const key = keyOf(gone);
    if (uid) this.#bury(uid);
    const before = this.#objects.get(key);
    if (!before || (uid && before.metadata.uid !== uid)) return;
    this.#unindex(key, before);
    this.#objects.delete(key);
    this.#notify("deleted", before, before);
  }

  /** Makes the content that of a fresh list taken at `listVersion`; keeps what our own writes made after it. */
  replace(items: readonly KubeObject[], listVersion: string): void {
    const listed = new Set(items.map(keyOf));
    const at = { apiVersion: "", kind: "", metadata: { resourceVersion: listVersion } };
    for (const [key, object] of [...this.#objects]) {
      if (!listed.has(key) && !isNewer(object, at)) this.remove(object);
    }
    for (const item of items) this.upsert(item);
  }

  list(filter: StoreFilter = {}): readonly KubeObject[] {
    const keys = this.#candidates(filter);
    const found: KubeObject[] = [];
    for (const key of keys) {
      const object = this.#objects.get(key);
      if (object && matches(object, filter)) found.push(object);
    }
    return found;
  }

  /** Keys of the narrowest index that applies. */
  #candidates({ namespace, labels, controllerUid }: StoreFilter): Iterable<string> {
    if (controllerUid !== undefined) return this.#byController.keys(controllerUid);
    let narrowest: ReadonlySet<string> | undefined;
    for (const [name, value] of Object.entries(labels ?? {})) {
      const keys = this.#labelIndex(name).keys(value);
      if (!narrowest || keys.size < narrowest.size) narrowest = keys;
    }
    if (narrowest) return narrowest;
    return namespace === undefined ? this.#objects.keys() : this.#byNamespace.keys(namespace);
  }

  /** Built the first time a label is asked for. */
  #labelIndex(name: string): Index {
    const known = this.#byLabel.get(name);
    if (known) return known;
    const index = new Index();
    for (const [key, object] of this.#objects) {
      const value = object.metadata.labels?.[name];
      if (value !== undefined) index.add(value, key);
    }
    this.#byLabel.set(name, index);
    return index;
  }

  #index(key: string, object: KubeObject): void {
    this.#byNamespace.add(object.metadata.namespace ?? "", key);
    const uid = controllerOf(object)?.uid;
    if (uid) this.#byController.add(uid, key);
    for (const [name, index] of this.#byLabel) {
      const value = object.metadata.labels?.[name];
      if (value !== undefined) index.add(value, key);
    }
  }

  #unindex(key: string, object: KubeObject): void {
    this.#byNamespace.remove(object.metadata.namespace ?? "", key);
    const uid = controllerOf(object)?.uid;
    if (uid) this.#byController.remove(uid, key);
    for (const [name, index] of this.#byLabel) {
      const value = object.metadata.labels?.[name];
      if (value !== undefined) index.remove(value, key);
    }
  }

  #bury(uid: string): void {
    this.#tombstones.add(uid);
    if (this.#tombstones.size <= maxTombstones) return;
    const [oldest] = this.#tombstones;
    if (oldest !== undefined) this.#tombstones.delete(oldest);
  }

  #notify(change: Change, object: KubeObject, before: KubeObject | undefined): void {
    for (const listener of this.#listeners) listener(change, object, before);
  }
}

function matches(object: KubeObject, { namespace, labels, controllerUid }: StoreFilter): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  if (controllerUid !== undefined && controllerOf(object)?.uid !== controllerUid) return false;
  for (const name in labels) if (object.metadata.labels?.[name] !== labels[name]) return false;
  return true;
}
