/**
 * Keeps an ObjectStore equal to what the API server has: a paged list, then a watch from there, for ever. A watch that
 * ends is reopened where it stopped; one that is too old (410) starts over with a list; trouble backs off with jitter.
 */
import type { Kind, KubeObject, ObjectList } from "../meta/object.ts";
import type { Client, ListOptions } from "./client.ts";
import { isExpired } from "./errors.ts";
import type { ObjectStore } from "./store.ts";

export interface ReflectorOptions {
  readonly client: Client;
  readonly kind: Kind;
  readonly store: ObjectStore;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Yields [0, 1). */
  readonly random: () => number;
  readonly now: () => Date;
  /** Resolves after `ms`, or when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told about every failure; the reflector goes on by itself. */
  readonly onError?: (error: Error) => void;
}

const pageSize = 500;
/** client-go's reflector: 0.8 s doubling to 30 s; a first retry comes sooner here, a laptop's API server may just be starting. */
const backoffMs = { first: 200, most: 30_000 };
/** A watch that ends sooner without a single event counts as trouble, or a broken proxy would be asked without pause. */
const shortestWatchMs = 1000;

export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #stop = new AbortController();
  readonly #firstList = Promise.withResolvers<void>();
  #version: string | undefined;
  #delay = backoffMs.first;
  /** Nothing was heard from a watch since the last list. */
  #justListed = true;
  #done: Promise<void> | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
  }

  /** Resolves after the first complete list. */
  get synced(): Promise<void> {
    return this.#firstList.promise;
  }

  start(): void {
    this.#done ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        if (!signal.aborted) await this.#watch();
      } catch (error) {
        if (!signal.aborted) await this.#recover(error as Error);
      }
    }
  }

  async #recover(error: Error): Promise<void> {
    const { random, onError, sleep } = this.#options;
    if (isExpired(error)) {
      this.#version = undefined;
      // How a long idle watch ends. Where even a fresh list is too old to watch from, it has to wait like any failure.
      if (!this.#justListed) return;
    }
    onError?.(error);
    await sleep(this.#delay * (0.5 + random()), this.#stop.signal);
    this.#delay = Math.min(this.#delay * 2, backoffMs.most);
  }

  #listOptions(): ListOptions {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return { namespace, labelSelector, fieldSelector, signal: this.#stop.signal };
  }

  async #list(): Promise<void> {
    const { kind, store } = this.#options;
    const { items, version } = await this.#pages(pageSize).catch((error: unknown) => {
      // The server forgot the snapshot between two pages: too many changes for pages, so everything in one.
      if (isExpired(error)) return this.#pages(undefined);
      throw error;
    });
    if (version === "") throw new Error(`the list of ${kind.resource} has no resourceVersion`);
    store.replace(items, version);
    this.#version = version;
    this.#justListed = true;
    this.#firstList.resolve();
  }

  async #pages(limit: number | undefined) {
    const { client, kind } = this.#options;
    const items: KubeObject[] = [];
    let page: ObjectList<KubeObject> | undefined;
    do {
      const next: string | undefined = page?.metadata.continue;
      page = await client.list<KubeObject>(kind, { ...this.#listOptions(), limit, continue: next });
      // Items of a list may carry neither apiVersion nor kind; caches hand out whole objects.
      const { apiVersion } = page;
      for (const item of page.items) items.push(item.kind ? item : { ...item, apiVersion, kind: kind.kind });
    } while (page.metadata.continue);
    return { items, version: page.metadata.resourceVersion ?? "" };
  }

  async #watch(): Promise<void> {
    const { client, kind, random, now } = this.#options;
    const opened = now().getTime();
    let events = 0;
    const options = {
      ...this.#listOptions(),
      resourceVersion: this.#version,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.round(300 * (1 + random())),
    };
    for await (const { type, object } of client.watch<KubeObject>(kind, options)) {
      if (this.#stop.signal.aborted) return;
      this.#take(type, object);
      events++;
      this.#wentWell();
    }
    if (events > 0 || this.#stop.signal.aborted) return;
    if (now().getTime() - opened < shortestWatchMs) throw new Error(`the watch of ${kind.resource} ended at once`);
    this.#wentWell();
  }

  #wentWell(): void {
    this.#delay = backoffMs.first;
    this.#justListed = false;
  }

  #take(type: string, object: KubeObject): void {
    const { store } = this.#options;
    if (type === "DELETED") store.evict(object);
    else if (type !== "BOOKMARK") store.upsert(object);
    this.#version = object.metadata.resourceVersion ?? this.#version;
  }
}
