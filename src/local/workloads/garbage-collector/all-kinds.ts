/**
 * Watches every kind that the API server serves, custom ones as they come and go, and keeps the graph of their objects.
 * Found by discovery, once at the start and again when a CustomResourceDefinition changes: no polling.
 */
import { CustomResourceDefinition } from "../../../api/core/kinds.ts";
import { type Kind, parseApiVersion } from "../../../meta/object.ts";
import type { Client } from "../../../kube/client.ts";
import { checked } from "../../../kube/create-client.ts";
import { Reflector } from "../../../kube/reflector.ts";
import { ObjectStore } from "../../../kube/store.ts";
import { type Clock, pause, systemClock } from "../../../runtime/clock.ts";
import { errorText, type Logger, silentLogger } from "../../../runtime/log.ts";
import { type GraphNode, nodeOf, ObjectGraph } from "./graph.ts";

export interface AllKindsOptions {
  readonly client: Client;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Yields [0, 1). */
  readonly random?: () => number;
}

/** `node` is what is there now (undefined: gone), `before` what was. */
export type GraphListener = (node: GraphNode | undefined, before: GraphNode | undefined) => void;

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

const refreshAfterMs = 20;
const retryMs = 1000;
/** Events own nothing, belong to nobody, and are many. */
const isEvent = ({ group, resource }: Kind) => resource === "events" && (group === "" || group === "events.k8s.io");
const keyOfKind = ({ group, resource }: Kind) => `${group}/${resource}`;

export class AllKinds {
  readonly graph = new ObjectGraph();
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly #random: () => number;
  readonly #reflectors = new Map<
    string,
    { readonly kind: Kind; readonly reflector: Reflector; readonly store: ObjectStore }
  >();
  readonly #listeners = new Set<GraphListener>();
  #cancel: (() => void) | undefined;
  #refreshing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor({ client, clock = systemClock, log = silentLogger, random = Math.random }: AllKindsOptions) {
    this.client = client;
    this.clock = clock;
    this.log = log;
    this.#random = random;
  }

  onChange(listener: GraphListener): void {
    this.#listeners.add(listener);
  }

  /** Resolves when every kind served now has been listed. */
  async start(): Promise<void> {
    await this.#refresh();
    await Promise.all([...this.#reflectors.values()].map(({ reflector }) => reflector.synced));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#refreshing;
    await Promise.all([...this.#reflectors.values()].map(({ reflector }) => reflector.stop()));
  }

  /** The kind that an owner reference means, at the version that is watched. */
  kindNamed(apiVersion: string, kind: string): Kind | undefined {
    const { group } = parseApiVersion(apiVersion);
    for (const entry of this.#reflectors.values()) {
      if (entry.kind.kind === kind && entry.kind.group === group) return entry.kind;
    }
    return undefined;
  }

  #refreshSoon(ms: number): void {
    if (this.#cancel || this.#stopped) return;
    this.#cancel = this.clock.after(ms, () => {
      this.#cancel = undefined;
      this.#refreshing = this.#refreshing
        .then(() => this.#refresh())
        .catch((error: unknown) => {
          this.log.warn("discovery failed; retrying", { error: errorText(error) });
          this.#refreshSoon(retryMs);
        });
    });
  }

  async #refresh(): Promise<void> {
    const served = (await this.#discover()).filter((kind) => !isEvent(kind));
    const keys = new Set(served.map(keyOfKind));
    for (const kind of served) if (!this.#stopped && !this.#reflectors.has(keyOfKind(kind))) this.#watch(kind);
    const gone = [...this.#reflectors].filter(([key]) => !keys.has(key));
    for (const [key, { reflector, store }] of gone) {
      this.#reflectors.delete(key);
      await reflector.stop();
      for (const object of store.list()) store.remove(object);
    }
  }

  #watch(kind: Kind): void {
    const store = new ObjectStore();
    const onError = (error: Error) => this.log.debug("watch failed", { kind: kind.kind, error: errorText(error) });
    const reflector = new Reflector({
      client: this.client,
      kind,
      store,
      random: this.#random,
      now: () => this.clock.now(),
      sleep: (ms, signal) => pause(this.clock, ms, signal),
      onError,
    });
    store.onChange((change, object) => {
      const before = this.graph.get(object.metadata.uid ?? "");
      const node = change === "deleted" ? undefined : nodeOf(kind, object);
      if (node) this.graph.put(node);
      else this.graph.remove(object.metadata.uid ?? "");
      for (const listener of this.#listeners) listener(node, before);
      if (kind.kind === CustomResourceDefinition.kind && kind.group === CustomResourceDefinition.group) {
        this.#refreshSoon(refreshAfterMs);
      }
    });
    this.#reflectors.set(keyOfKind(kind), { kind, reflector, store });
    reflector.start();
  }

  async #discover(): Promise<readonly Kind[]> {
    const { groups } = (await this.#get("/apis")) as {
      groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
    };
    const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
    const lists = versions.map(async (apiVersion) => {
      const path = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
      const { resources } = (await this.#get(path)) as { resources: readonly ApiResource[] };
      return resources.filter(isCollectable).map(({ name, kind, namespaced }) => ({
        ...parseApiVersion(apiVersion),
        kind,
        resource: name,
        namespaced,
      }));
    });
    return (await Promise.all(lists)).flat();
  }

  async #get(path: string): Promise<unknown> {
    const request = { method: "GET", path } as const;
    return checked(request, await this.client.transport.request(request));
  }
}

const isCollectable = ({ name, verbs }: ApiResource): boolean =>
  !name.includes("/") && ["list", "watch", "delete"].every((verb) => verbs.includes(verb));
