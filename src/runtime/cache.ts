/** The shared caches of a manager: one store and one reflector per kind, started once however many controllers ask. */
import type { Kind, KubeObject } from "../api/meta/object.ts";
import type { Client } from "../kube/client.ts";
import { Reflector } from "../kube/reflector.ts";
import { ObjectStore } from "../kube/store.ts";
import { matchesLabels, parseSelector } from "../machinery/selector.ts";
import { type Clock, pause } from "./clock.ts";
import { errorText, type Logger } from "./log.ts";
import type { ListFilter } from "./plan.ts";

export interface CacheOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** Yields [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** Namespace to watch; all when absent. */
  readonly namespace?: string;
  /** Label selectors by `group/resource`, narrowing what is cached of a kind. */
  readonly selectors?: Readonly<Record<string, string>>;
}

export const kindKey = (kind: Pick<Kind, "group" | "resource">): string => `${kind.group}/${kind.resource}`;

interface Entry {
  readonly kind: Kind;
  readonly store: ObjectStore;
  readonly reflector: Reflector;
  synced: boolean;
  lastError?: Error;
}

export class Cache {
  readonly #options: CacheOptions;
  readonly #entries = new Map<string, Entry>();
  #started = false;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /** Makes sure a kind is cached; its reflector starts with the others, or at once when they run already. */
  storeOf(kind: Kind): ObjectStore {
    const key = kindKey(kind);
    const entry = this.#entries.get(key) ?? this.#make(kind, key);
    this.#entries.set(key, entry);
    if (this.#started) entry.reflector.start();
    return entry.store;
  }

  /** The store of a kind, if it is cached. */
  find(kind: Kind): ObjectStore | undefined {
    return this.#entries.get(kindKey(kind))?.store;
  }

  /** Throws for a kind that is not cached: reading it as empty would be worse. */
  get<T extends KubeObject>(kind: Kind, namespace: string | undefined, name: string): T | undefined {
    return this.#declared(kind).get(namespace, name) as T | undefined;
  }

  /** Throws for a kind that is not cached. */
  list<T extends KubeObject>(kind: Kind, filter?: ListFilter): readonly T[] {
    return this.#declared(kind).list(filter) as readonly T[];
  }

  start(): void {
    this.#started = true;
    for (const { reflector } of this.#entries.values()) reflector.start();
  }

  /** Resolves when every kind has been listed; rejects naming those that were not within `timeoutMs`, and why. */
  async waitForSync(timeoutMs: number): Promise<void> {
    const entries = [...this.#entries.values()];
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
    await Promise.all([...this.#entries.values()].map(({ reflector }) => reflector.stop()));
  }

  #declared(kind: Kind): ObjectStore {
    const store = this.find(kind);
    if (!store) throw new Error(`${kind.kind} is not cached: a controller must own or watch what it reads`);
    return store;
  }

  #make(kind: Kind, key: string): Entry {
    const { client, clock, random, log, namespace, selectors } = this.#options;
    const labelSelector = selectors?.[key];
    const selector = labelSelector === undefined ? undefined : parseSelector(labelSelector);
    const store = new ObjectStore({
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
    const entry: Entry = { kind, store, reflector, synced: false };
    void reflector.synced.then(() => (entry.synced = true));
    return entry;
  }
}
