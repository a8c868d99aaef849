/**
 * The shared caches of a manager: for each kind one store and one reflector per selector, started once however many
 * controllers ask. What is written goes into every store of its kind; what is known to exist outside all of them is
 * kept for a while, so that a selector never makes an object look missing.
 */
import type { Kind, KubeObject } from "../meta/object.ts";
import type { Client } from "../kube/client.ts";
import { Reflector } from "../kube/reflector.ts";
import { ObjectStore } from "../kube/store.ts";
import { matchesLabels, parseSelector } from "../machinery/selector.ts";
import { type Clock, pause } from "./clock.ts";
import { errorText, type Logger } from "./log.ts";
import { UnselectedObjects } from "./unselected-objects.ts";
import type { ListFilter } from "./spec.ts";
import type { Trim } from "./unread-fields.ts";

export interface CacheOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** Yields [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** Namespace to watch; all when absent. */
  readonly namespace?: string;
  /** What is kept of the objects of a kind; all of it when absent. */
  readonly trimOf?: (kind: Kind) => Trim | undefined;
}

/** Deletions of our own that are remembered. */
const mostRemoved = 10_000;

export const kindKey = (kind: Pick<Kind, "group" | "resource">): string => `${kind.group}/${kind.resource}`;

/** A kind, and the label selector of what is cached of it. */
export interface Cached {
  readonly kind: Kind;
  readonly selector?: string;
}

interface Entry extends Cached {
  readonly store: ObjectStore;
  readonly reflector: Reflector;
  synced: boolean;
  lastError?: Error;
}

export class Cache {
  readonly #options: CacheOptions;
  readonly #entries = new Map<string, Entry[]>();
  readonly #unselected: UnselectedObjects;
  /** Uids of what we have asked the server to delete. */
  readonly #removed = new Set<string>();
  #started = false;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#unselected = new UnselectedObjects(options.clock);
  }

  /**
   * Makes sure that a kind is cached; its reflector starts with the others, or at once when they run already. Where all
   * of the kind is cached already, that store serves a selector, too.
   */
  storeOf(kind: Kind, selector?: string): ObjectStore {
    const key = kindKey(kind);
    const entries = this.#entries.get(key) ?? [];
    this.#entries.set(key, entries);
    const known = entries.find((one) => one.selector === selector) ?? entries.find(({ store }) => !store.narrowed);
    const entry = known ?? this.#make({ kind, selector });
    if (!known) entries.push(entry);
    if (this.#started) entry.reflector.start();
    return entry.store;
  }

  isCached(kind: Kind): boolean {
    return this.#of(kind).length > 0;
  }

  /** Whether every object of the kind is cached: one that is not there does not exist. */
  isWhole(kind: Kind): boolean {
    return this.#of(kind).some(({ store }) => !store.narrowed);
  }

  /** The object as it is cached, in whichever store. */
  find(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined {
    for (const { store } of this.#of(kind)) {
      const found = store.get(namespace, name);
      if (found) return found;
    }
    return undefined;
  }

  /** An object that a write met outside every selector: nobody watches it, and it may have changed or gone since. */
  findOutside(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#unselected.get(kind, namespace, name);
  }

  /** Throws for a kind that is not cached: reading it as empty would be worse. */
  get<T extends KubeObject>(cached: Cached, namespace: string | undefined, name: string): T | undefined {
    const found = this.#declared(cached).get(namespace, name) ?? this.#unselected.get(cached.kind, namespace, name);
    return found as T | undefined;
  }

  /** Throws for a kind that is not cached. */
  list<T extends KubeObject>(cached: Cached, filter?: ListFilter): readonly T[] {
    return this.#declared(cached).list(filter) as readonly T[];
  }

  /** Of a kind, all that is cached (of a namespace), in whichever store. */
  members(kind: Kind, namespace?: string): readonly KubeObject[] {
    const found = this.#of(kind).flatMap(({ store }) => store.list(namespace === undefined ? {} : { namespace }));
    return [...new Map(found.map((object) => [object.metadata.uid, object])).values()];
  }

  /** Takes the answer to a write. */
  put(kind: Kind, object: KubeObject): void {
    const stores = this.#of(kind).map(({ store }) => store);
    for (const store of stores) store.upsert(object);
    const isUnselected = stores.length > 0 && !stores.some((store) => store.takes(object));
    if (isUnselected) this.#unselected.put(kind, object);
    else this.#unselected.drop(kind, object);
  }

  /** The object is gone for good. */
  drop(kind: Kind, object: KubeObject): void {
    for (const { store } of this.#of(kind)) store.remove(object);
    this.#unselected.drop(kind, object);
  }

  /** We have deleted the object, or begun to. */
  removing({ metadata: { uid = "" } }: KubeObject): void {
    this.#removed.add(uid);
    const [oldest] = this.#removed;
    if (this.#removed.size > mostRemoved && oldest !== undefined) this.#removed.delete(oldest);
  }

  /** Whether the object's end was our own doing. */
  isRemoved({ metadata: { uid = "" } }: KubeObject): boolean {
    return this.#removed.has(uid);
  }

  start(): void {
    this.#started = true;
    for (const { reflector } of this.#all()) reflector.start();
  }

  /** Resolves when every kind has been listed; rejects naming those that were not within `timeoutMs`, and why. */
  async waitForSync(timeoutMs: number): Promise<void> {
    const entries = this.#all();
    const done = new AbortController();
    const all = Promise.all(entries.map(({ reflector }) => reflector.synced)).then(() => done.abort());
    await Promise.race([all, pause(this.#options.clock, timeoutMs, done.signal)]);
    if (done.signal.aborted) return;
    const late = entries
      .filter(({ synced }) => !synced)
      .map(({ kind, lastError }) => (lastError ? `${kind.kind} (${errorText(lastError)})` : kind.kind));
    throw new Error(`caches did not sync within ${timeoutMs / 1000} s: ${late.join(", ")}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map(({ reflector }) => reflector.stop()));
  }

  #of(kind: Kind): readonly Entry[] {
    return this.#entries.get(kindKey(kind)) ?? [];
  }

  #all(): readonly Entry[] {
    return [...this.#entries.values()].flat();
  }

  #declared({ kind, selector }: Cached): ObjectStore {
    const entries = this.#of(kind);
    const entry = entries.find((one) => one.selector === selector) ?? entries.find(({ store }) => !store.narrowed);
    if (!entry) throw new Error(`${kind.kind} is not cached: a controller must own or watch what it reads`);
    return entry.store;
  }

  #make({ kind, selector: labelSelector }: Cached): Entry {
    const { client, clock, random, log, namespace } = this.#options;
    const selector = labelSelector === undefined ? undefined : parseSelector(labelSelector);
    const trim = this.#options.trimOf?.(kind);
    const store = new ObjectStore({
      ...(trim && { trim }),
      ...(selector && { accepts: ({ metadata }: KubeObject) => matchesLabels(selector, metadata.labels) }),
    });
    const reflector = new Reflector({
      client,
      kind,
      store,
      random,
      namespace: kind.namespaced ? namespace : undefined,
      labelSelector,
      now: () => clock.now(),
      sleep: (ms, signal) => pause(clock, ms, signal),
      onError: (error) => {
        entry.lastError = error;
        log.warn("watch failed; retrying", { kind: kind.kind, error: errorText(error) });
      },
    });
    const entry: Entry = { kind, store, reflector, synced: false, ...(labelSelector && { selector: labelSelector }) };
    void reflector.synced.then(() => (entry.synced = true));
    return entry;
  }
}
