/** The shared caches of a manager: one store and one reflector per kind, started once however many controllers ask. */
import { apiVersionOf, type Kind, type KubeObject } from "../api/meta/object.ts";
import type { Client } from "../kube/client.ts";
import { Reflector } from "../kube/reflector.ts";
import { ObjectStore } from "../kube/store.ts";
import type { Logger } from "./log.ts";
import { errorText } from "./log.ts";

export interface CacheOptions {
  readonly client: Client;
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
}

export class Cache {
  readonly #options: CacheOptions;
  readonly #entries = new Map<string, Entry>();
  #started = false;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /** The store of a kind; its reflector is made on first use. */
  storeOf(kind: Kind): ObjectStore {
    const key = kindKey(kind);
    const known = this.#entries.get(key);
    if (known) return known.store;
    const { client, random, log, namespace, selectors } = this.#options;
    const store = new ObjectStore();
    const reflector = new Reflector({
      client,
      kind,
      store,
      random,
      namespace: kind.namespaced ? namespace : undefined,
      labelSelector: selectors?.[key],
      onError: (error) => log.warn("watch failed; trying again", { kind: kind.kind, error: errorText(error) }),
    });
    this.#entries.set(key, { kind, store, reflector });
    if (this.#started) reflector.start();
    return store;
  }

  /** The store of an object's kind, if that kind is cached. */
  storeFor(object: KubeObject): ObjectStore | undefined {
    for (const { kind, store } of this.#entries.values()) {
      if (kind.kind === object.kind && apiVersionOf(kind) === object.apiVersion) return store;
    }
    return undefined;
  }

  start(): void {
    this.#started = true;
    for (const { reflector } of this.#entries.values()) reflector.start();
  }

  /** Resolves when every kind has been listed; rejects naming those that were not within `timeoutMs`. */
  async waitForSync(timeoutMs: number): Promise<void> {
    const waiting = new Set([...this.#entries.values()].map(({ kind }) => kind.kind));
    const all = Promise.all(
      [...this.#entries.values()].map(async ({ kind, reflector }) => {
        await reflector.synced;
        waiting.delete(kind.kind);
      }),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`caches not synced within ${timeoutMs / 1000} s: ${[...waiting].join(", ")}`)),
        timeoutMs,
      );
    });
    try {
      await Promise.race([all, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ reflector }) => reflector.stop()));
  }
}
