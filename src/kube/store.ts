/**
 * The cache of one kind: objects by key, indexed by namespace, controller and the labels asked for. It also takes the
 * answers to our own writes, so that the next reconcile sees them: the newest resourceVersion wins, and what was
 * deleted does not come back with a late watch event.
 */
import { controllerOf, keyOf, type KubeObject } from "../meta/object.ts";
import { deepFreeze } from "../machinery/deep-freeze.ts";
import { KeyIndex } from "./key-index.ts";

export type Change = "added" | "updated" | "deleted";
/** `before` is the version replaced; for `deleted` both are the last version known. Must not throw. */
export type Listener = (change: Change, object: KubeObject, before: KubeObject | undefined) => void;

/** Compares resource versions. Once opaque by contract, they are growing decimal numbers in every API server. */
export function isNewerVersion(candidate: string, than: string): boolean {
  return candidate.length === than.length ? candidate > than : candidate.length > than.length;
}

const versionOf = ({ metadata }: KubeObject): string => metadata.resourceVersion ?? "0";

export function isNewer(candidate: KubeObject, than: KubeObject): boolean {
  return isNewerVersion(versionOf(candidate), versionOf(than));
}

const maxTombstones = 10_000;
/** Newer than every version. */
const forEver = "9".repeat(40);

function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export interface StoreFilter {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly controllerUid?: string;
}

export interface StoreOptions {
  /** What belongs here, when the cache is narrowed by a selector or a namespace; everything when absent. */
  readonly accepts?: (object: KubeObject) => boolean;
  /** What is kept of an object, beside what is never kept: managedFields. */
  readonly trim?: (object: KubeObject) => KubeObject;
}

export class ObjectStore {
  /** Whether objects may exist that do not belong here. */
  readonly narrowed: boolean;
  readonly #accepts: (object: KubeObject) => boolean;
  readonly #trim: (object: KubeObject) => KubeObject;
  readonly #objects = new Map<string, KubeObject>();
  /** By uid, the version up to which an object that went away is known to be gone: late events about it are ignored. */
  readonly #tombstones = new Map<string, string>();
  readonly #byNamespace = new KeyIndex();
  readonly #byController = new KeyIndex();
  readonly #byLabel = new Map<string, KeyIndex>();
  readonly #listeners = new Set<Listener>();
  #listVersion = "0";

  constructor({ accepts, trim }: StoreOptions = {}) {
    this.#accepts = accepts ?? (() => true);
    this.#trim = trim ?? ((object) => object);
    this.narrowed = accepts !== undefined;
  }

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

  /** Whether the object belongs here as it is. */
  takes(object: KubeObject): boolean {
    return this.#accepts(object);
  }

  /** Takes an object from a list, a watch or the answer to a write. Older versions of what is here change nothing. */
  upsert(received: KubeObject): void {
    if (!this.#accepts(received)) return this.evict(received);
    const buried = this.#tombstones.get(received.metadata.uid ?? "");
    if (buried !== undefined && !isNewerVersion(versionOf(received), buried)) return;
    const key = keyOf(received);
    let before = this.#objects.get(key);
    if (before && !isNewer(received, before)) return;
    if (before && before.metadata.uid !== received.metadata.uid) {
      this.#drop(before);
      before = undefined;
    }
    const object = deepFreeze(this.#trim(withoutManagedFields(received)));
    if (before) this.#unindex(key, before);
    this.#objects.set(key, object);
    this.#index(key, object);
    this.#notify(before ? "updated" : "added", object, before);
  }

  /**
   * The object with this uid is gone for good: our own delete was answered so. Without a uid, whatever has its key.
   * An older or newer object of the same name stays.
   */
  remove(gone: KubeObject): void {
    this.#remove(gone, forEver);
  }

  /**
   * The object is not in this cache as of its resourceVersion: deleted, or no longer selected. What a watch's DELETED
   * tells; a newer version of the object (selected again) may come back.
   */
  evict(gone: KubeObject): void {
    const known = this.#objects.get(keyOf(gone));
    if (known && known.metadata.uid === gone.metadata.uid && isNewer(known, gone)) return;
    this.#remove(gone, versionOf(gone));
  }

  /**
   * Makes the content that of a complete list taken at `listVersion`; keeps what our own writes made after it. A list
   * older than the last one means that the server's history began anew (a restored backup): everything is replaced.
   */
  replace(items: readonly KubeObject[], listVersion: string): void {
    if (isNewerVersion(this.#listVersion, listVersion)) this.#clear();
    this.#listVersion = listVersion;
    const listed = new Set(items.map(keyOf));
    for (const [key, object] of this.#objects) {
      if (!listed.has(key) && !isNewerVersion(versionOf(object), listVersion)) {
        this.#bury(object.metadata.uid, listVersion);
        this.#drop(object);
      }
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
  #labelIndex(name: string): KeyIndex {
    const known = this.#byLabel.get(name);
    if (known) return known;
    const index = new KeyIndex();
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

  #remove(gone: KubeObject, until: string): void {
    const { uid } = gone.metadata;
    this.#bury(uid, until);
    const known = this.#objects.get(keyOf(gone));
    if (known && (uid === undefined || known.metadata.uid === uid)) this.#drop(known);
  }

  #drop(object: KubeObject): void {
    const key = keyOf(object);
    this.#unindex(key, object);
    this.#objects.delete(key);
    this.#notify("deleted", object, object);
  }

  #clear(): void {
    this.#tombstones.clear();
    for (const object of this.#objects.values()) this.#drop(object);
  }

  #bury(uid: string | undefined, until: string): void {
    if (uid === undefined) return;
    const known = this.#tombstones.get(uid);
    this.#tombstones.delete(uid);
    this.#tombstones.set(uid, known !== undefined && isNewerVersion(known, until) ? known : until);
    if (this.#tombstones.size <= maxTombstones) return;
    const [oldest] = this.#tombstones.keys();
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
