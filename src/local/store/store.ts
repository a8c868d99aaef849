/**
 * The objects of the embedded cluster: in memory, versioned, with a window of history per resource for watches, and a
 * journal behind. A write is visible to reads at once, to watchers and to whoever awaits `durable` after it is on the
 * disk; one that cannot be stored is undone. Knows nothing of kinds, defaulting or validation. Objects in it are frozen.
 */
import { keyOf, type UnknownObject } from "../../meta/object.ts";
import { deepFreeze } from "../../machinery/deep-freeze.ts";
import type { Journal, StoredRow } from "./journal.ts";
import { type Change, Resource, type Watcher } from "./resource.ts";

/** The journal could not take a write (disk full): nothing of it happened. */
export class NotStoredError extends Error {
  constructor(cause: unknown) {
    super(`the write could not be stored: ${(cause as Error).message}`, { cause });
    this.name = "NotStoredError";
  }
}

export interface StoreOptions {
  /** Changes kept per resource (up to twice as many are). */
  readonly historySize?: number;
}

interface Pending {
  readonly resource: string;
  readonly change: Change;
}

const maxCommitDelayMs = 10;

export class Store {
  readonly #journal: Journal;
  readonly #historySize: number;
  readonly #resources = new Map<string, Resource>();
  #version: number;
  #published: number;
  #pending: Pending[] = [];
  #flush: Promise<void> | undefined;
  #commitMs = 0;
  #lastCommit = 0;

  constructor(journal: Journal, options: StoreOptions = {}) {
    this.#journal = journal;
    this.#historySize = options.historySize ?? 4096;
    this.#version = Math.max(1, journal.version);
    this.#published = this.#version;
    for (const { resource, key, body } of journal.rows()) {
      this.#resource(resource).set(key, deepFreeze(JSON.parse(body) as UnknownObject));
    }
  }

  /** The newest resourceVersion that watchers have been told of, or could have been: what a list may carry. */
  get version(): number {
    return this.#published;
  }

  /** Names of the resources that ever held an object. */
  get resources(): readonly string[] {
    return [...this.#resources.keys()];
  }

  get(resource: string, key: string): UnknownObject | undefined {
    return this.#resources.get(resource)?.objects.get(key);
  }

  /** Every stored object of a resource in key order: the newest, or those of `version`. Throws ExpiredError. */
  list(resource: string, version = this.#published): readonly UnknownObject[] {
    const unpublished = this.#pending.filter((pending) => pending.resource === resource);
    const target = this.#resource(resource);
    return target.sortedAt(
      version,
      unpublished.map(({ change }) => change),
    );
  }

  count(resource: string): number {
    return this.#resources.get(resource)?.objects.size ?? 0;
  }

  /** Creates or replaces; gives the object its resourceVersion. The caller has checked preconditions in this same turn. */
  put(resource: string, object: UnknownObject): UnknownObject {
    const target = this.#resource(resource);
    const key = keyOf(object);
    const before = target.objects.get(key);
    const version = ++this.#version;
    const stored = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
    target.set(key, stored);
    this.#enqueue(resource, { type: before ? "MODIFIED" : "ADDED", key, object: stored, before, version });
    return stored;
  }

  /** Removes for good; answers the last state with the deletion's resourceVersion. */
  remove(resource: string, key: string): UnknownObject | undefined {
    const target = this.#resource(resource);
    const before = target.objects.get(key);
    if (!before) return undefined;
    const version = ++this.#version;
    const object = deepFreeze({ ...before, metadata: { ...before.metadata, resourceVersion: String(version) } });
    target.remove(key);
    this.#enqueue(resource, { type: "DELETED", key, object, before, version });
    return object;
  }

  /** Resolves when every change so far is on the disk and published. Rejects with NotStoredError when they were undone. */
  durable(): Promise<void> {
    return this.#flush ?? Promise.resolve();
  }

  /**
   * Calls `watcher` for every change after `from` (missed ones first, in this turn), until the returned function is called.
   * Throws ExpiredError when changes after `from` are no longer known.
   */
  watch(resource: string, from: number, watcher: Watcher): () => void {
    const target = this.#resource(resource);
    for (const change of target.since(from)) watcher(change);
    target.watchers.add(watcher);
    return () => target.watchers.delete(watcher);
  }

  close(): void {
    if (this.#pending.length > 0) this.#commit();
    this.#journal.close();
  }

  #enqueue(resource: string, change: Change): void {
    this.#pending.push({ resource, change });
    if (this.#flush) return;
    const flush = new Promise<void>((resolve, reject) => {
      const run = () => {
        this.#flush = undefined;
        try {
          this.#commit();
          resolve();
        } catch (error) {
          reject(error);
        }
      };
      // A disk that is slow to flush would keep the event loop busy with nothing else: pause as long as a flush takes.
      const pause = Math.min(this.#commitMs, maxCommitDelayMs) - (performance.now() - this.#lastCommit);
      if (pause < 1) setImmediate(run);
      else setTimeout(run, pause);
    });
    // Whoever does not wait for durability must not end the process with an unhandled rejection.
    flush.catch(() => {});
    this.#flush = flush;
  }

  #commit(): void {
    const pending = this.#pending;
    this.#pending = [];
    const started = performance.now();
    try {
      this.#journal.commit(rowsOf(pending), this.#version);
    } catch (cause) {
      this.#undo(pending);
      throw new NotStoredError(cause);
    }
    this.#lastCommit = performance.now();
    this.#commitMs = this.#lastCommit - started;
    for (const { resource, change } of pending) {
      this.#published = change.version;
      this.#resource(resource).publish(change);
    }
  }

  #undo(pending: readonly Pending[]): void {
    for (const { resource, change } of pending.toReversed()) {
      if (change.before) this.#resource(resource).set(change.key, change.before);
      else this.#resource(resource).remove(change.key);
    }
  }

  #resource(name: string): Resource {
    const known = this.#resources.get(name);
    if (known) return known;
    // What happened before this process started is not in the history.
    const made = new Resource(Math.max(1, this.#journal.version), this.#historySize);
    this.#resources.set(name, made);
    return made;
  }
}

/** The last state of each key: one row each. */
function rowsOf(pending: readonly Pending[]): readonly StoredRow[] {
  const rows = new Map<string, StoredRow>();
  for (const { resource, change } of pending) {
    const body = change.type === "DELETED" ? undefined : JSON.stringify(change.object);
    rows.set(`${resource}\0${change.key}`, { resource, key: change.key, ...(body !== undefined && { body }) });
  }
  return [...rows.values()];
}
