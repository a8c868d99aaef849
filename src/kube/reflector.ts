/**
 * Keeps an ObjectStore equal to what the API server has: a paged list, then a watch from there, for ever. A watch that
 * ends is reopened where it stopped; one that is too old (410) starts over with a list; trouble backs off with jitter.
 */
import type { Kind, KubeObject } from "../api/meta/object.ts";
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
  /** Told about every failure; the reflector goes on by itself. */
  readonly onError?: (error: Error) => void;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const pageSize = 500;
const backoffMs = { first: 200, most: 30_000 };

async function systemSleep(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #stop = new AbortController();
  #version: string | undefined;
  #synced: () => void = () => {};
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>;
  #done: Promise<void> | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.synced = new Promise((resolve) => (this.#synced = resolve));
  }

  start(): void {
    this.#done ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { random, onError, sleep = systemSleep } = this.#options;
    const { signal } = this.#stop;
    let delay = backoffMs.first;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        this.#synced();
        await this.#watch();
        delay = backoffMs.first;
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error)) {
          this.#version = undefined;
          continue;
        }
        onError?.(error as Error);
        await sleep(delay * (0.5 + random()), signal);
        delay = Math.min(delay * 2, backoffMs.most);
      }
    }
  }

  #listOptions(): ListOptions {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return { namespace, labelSelector, fieldSelector, signal: this.#stop.signal };
  }

  async #list(): Promise<void> {
    const { client, kind, store } = this.#options;
    const items: KubeObject[] = [];
    let page: string | undefined;
    let version = "";
    do {
      const list = await client.list<KubeObject>(kind, { ...this.#listOptions(), limit: pageSize, continue: page });
      // Items of a list carry neither apiVersion nor kind; caches hand out whole objects.
      for (const item of list.items)
        items.push(item.kind ? item : { ...item, apiVersion: list.apiVersion, kind: kind.kind });
      page = list.metadata.continue || undefined;
      version = list.metadata.resourceVersion ?? "";
    } while (page);
    store.replace(items, version);
    this.#version = version;
  }

  async #watch(): Promise<void> {
    const { client, kind, store, random } = this.#options;
    const timeoutSeconds = Math.round(300 * (1 + random()));
    const options = {
      ...this.#listOptions(),
      resourceVersion: this.#version,
      allowWatchBookmarks: true,
      timeoutSeconds,
    };
    for await (const { type, object } of client.watch<KubeObject>(kind, options)) {
      this.#version = object.metadata.resourceVersion ?? this.#version;
      if (type === "BOOKMARK") continue;
      if (type === "DELETED") store.remove(object);
      else store.upsert(object);
    }
  }
}
