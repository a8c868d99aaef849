/** The objects of one resource: by key, in key order, with a window of history and its watchers. Knows nothing of durability. */
import type { UnknownObject } from "../../meta/object.ts";

export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly key: string;
  /** As after the change; of a deletion: the last state, with the deletion's resourceVersion. */
  readonly object: UnknownObject;
  readonly before?: UnknownObject;
  readonly version: number;
}

export type Watcher = (change: Change) => void;

/** The version asked for is no longer in the history window. */
export class ExpiredError extends Error {
  constructor(version: number, oldest: number) {
    super(`too old resource version: ${version} (${oldest})`);
    this.name = "ExpiredError";
  }
}

export class Resource {
  readonly objects = new Map<string, UnknownObject>();
  readonly watchers = new Set<Watcher>();
  readonly #historySize: number;
  #history: Change[] = [];
  /** Changes up to this version are no longer in the history. */
  #forgotten: number;
  #sorted: readonly UnknownObject[] | undefined;
  #sortedKeys: string[] | undefined;

  constructor(forgotten: number, historySize: number) {
    this.#forgotten = forgotten;
    this.#historySize = historySize;
  }

  set(key: string, object: UnknownObject): void {
    if (!this.objects.has(key)) this.#sortedKeys = undefined;
    this.#sorted = undefined;
    this.objects.set(key, object);
  }

  remove(key: string): void {
    this.objects.delete(key);
    this.#sorted = undefined;
    this.#sortedKeys = undefined;
  }

  /** In key order; kept until something changes. */
  #newest(): readonly UnknownObject[] {
    this.#sortedKeys ??= [...this.objects.keys()].sort();
    this.#sorted ??= this.#sortedKeys.map((key) => this.objects.get(key) as UnknownObject);
    return this.#sorted;
  }

  /** The objects as they were at `version`, without the `unpublished` changes, in key order. Throws ExpiredError. */
  sortedAt(version: number, unpublished: readonly Change[]): readonly UnknownObject[] {
    const later = [...this.since(version), ...unpublished];
    if (later.length === 0) return this.#newest();
    const objects = new Map(this.objects);
    for (const { key, before } of later.reverse()) {
      if (before) objects.set(key, before);
      else objects.delete(key);
    }
    return [...objects.keys()].sort().map((key) => objects.get(key) as UnknownObject);
  }

  publish(change: Change): void {
    this.#history.push(change);
    if (this.#history.length > 2 * this.#historySize) {
      this.#forgotten = this.#history[this.#historySize - 1]?.version ?? this.#forgotten;
      this.#history = this.#history.slice(this.#historySize);
    }
    for (const watcher of this.watchers) watcher(change);
  }

  /** Published changes after `version`. Throws ExpiredError. */
  since(version: number): readonly Change[] {
    if (version < this.#forgotten) throw new ExpiredError(version, this.#forgotten);
    const newest = this.#history.at(-1);
    if (!newest || newest.version <= version) return [];
    return this.#history.filter((change) => change.version > version);
  }
}
