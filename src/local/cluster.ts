/**
 * The embedded cluster, put together: store, API server, built-in controllers, scheduler, kubelet. Whoever starts it
 * brings the definitions and the controllers that make it more than Kubernetes.
 */
import { hostname } from "node:os";
import { join } from "node:path";
import { CustomResourceDefinition, EndpointSlice, Service } from "../api/core/kinds.ts";
import type { Kind, KubeObject } from "../meta/object.ts";
import type { Client } from "../kube/client.ts";
import { createClient } from "../kube/create-client.ts";
import { isAlreadyExists } from "../kube/errors.ts";
import type { Transport } from "../kube/transport.ts";
import type { Cache } from "../runtime/cache.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/log.ts";
import { createManager } from "../runtime/manager.ts";
import type { AnyControllerSpec } from "../runtime/spec.ts";
import { type ApiServerOptions, createApiServer } from "./apiserver/server.ts";
import type { ImageStore } from "./contracts.ts";
import type { Credentials } from "./credentials.ts";
import { Kubelet, type NetworkMode } from "./kubelet/kubelet.ts";
import type { Visibility } from "./kubelet/runtime/mount-steps.ts";
import type { Capacity } from "./kubelet/capacity.ts";
import { createScheduler } from "./scheduler/index.ts";
import { noteSleep } from "./sleep/note-sleep.ts";
import { WakefulClock } from "./sleep/wakeful-clock.ts";
import { openJournal, Store } from "./store/index.ts";
import { createCollectors, workloadControllers } from "./workloads/index.ts";

export interface ClusterOptions {
  readonly dataDir: string;
  readonly credentials: Credentials;
  readonly port: number;
  readonly log: Logger;
  readonly version: string;
  readonly network: NetworkMode;
  /** What the node offers instead of what the machine has. */
  readonly capacity?: Partial<Capacity>;
  readonly images: ImageStore;
  /** What pods see of this machine's folders. */
  readonly visibility: Visibility;
  readonly baseEnv: Readonly<Record<string, string>>;
  readonly definitions: readonly object[];
  readonly controllers: (api: {
    readonly client: Client;
    readonly transport: Transport;
  }) => readonly AnyControllerSpec[];
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface Cluster {
  readonly url: string;
  readonly client: Client;
  /** Synced; holds what the controllers and the kubelet watch. */
  readonly cache: Cache;
  readonly network: { readonly mode: string; readonly reason: string };
  stop(): Promise<void>;
}

/** The first address of the service network is the API server's own, as everywhere. */
const apiClusterIp = "10.97.0.1";
export const apiAddresses: readonly string[] = ["127.0.0.1", "::1", apiClusterIp];

/** Requests cost less here than the wait in which a burst of changes becomes one reconcile, and an end goes through three controllers. */
const settleMs = 10;

async function ensure(client: Client, kind: Kind, object: KubeObject, patch: unknown): Promise<void> {
  try {
    await client.create(kind, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const { namespace, name = "" } = object.metadata;
    await client.patch({ kind, namespace, name }, patch, { type: "merge" });
  }
}

async function define(client: Client, definitions: readonly object[]): Promise<void> {
  await Promise.all(
    definitions.map((definition) => {
      const crd = definition as KubeObject & { readonly spec: unknown };
      return ensure(client, CustomResourceDefinition, crd, { spec: crd.spec });
    }),
  );
}

/** Pods find the API server under its usual name. */
async function publishApi(client: Client, port: number): Promise<void> {
  const metadata = { name: "kubernetes", namespace: "default" };
  const ports = [{ name: "https", port: 443, targetPort: port, protocol: "TCP" }];
  const service = { apiVersion: "v1", kind: "Service", metadata, spec: { clusterIP: apiClusterIp, ports } };
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
    ports: [{ name: "https", port, protocol: "TCP" }],
  };
  await ensure(client, Service, service, { spec: { ports } });
  await ensure(client, EndpointSlice, slice, { ports: slice.ports });
}

interface Shared {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

function makeKubelet(options: ClusterOptions, shared: Shared, cache: Cache): Kubelet {
  const { credentials } = options;
  return new Kubelet({
    ...shared,
    cache,
    nodeName: "local",
    rootDir: options.dataDir,
    images: options.images,
    network: options.network,
    capacity: options.capacity ?? {},
    version: options.version,
    serviceAccount: { token: credentials.token, ca: credentials.cert },
    visibility: options.visibility,
    baseEnv: { ...options.baseEnv, KUBERNETES_SERVICE_HOST: apiClusterIp, KUBERNETES_SERVICE_PORT: "443" },
  });
}

/** The API server, and where it listens. */
async function serveApi({ log, credentials, port }: ClusterOptions, parts: ApiServerOptions) {
  const server = createApiServer(parts);
  const onError = (error: unknown) => log.error("api server", { error: String(error) });
  const listener = await server.listen({ port, tls: credentials, token: credentials.token, onError });
  return { server, listener, client: createClient(server.transport, { fieldManager: "windlass" }) };
}

/** Starts it all; resolves when pods can be scheduled. Rejects with JournalLockedError when `dataDir` is in use. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { random = Math.random, log, credentials } = options;
  const clock = new WakefulClock(options.clock ?? systemClock);
  const store = new Store(openJournal(join(options.dataDir, "store")));
  const { server, listener, client } = await serveApi(options, { store, clock, random });
  await define(client, options.definitions);
  const specs = options.controllers({ client, transport: server.transport });
  const manager = createManager({ client, clock, random, log, settleMs, instance: hostname() }, [
    ...workloadControllers({ rootCa: credentials.cert }),
    ...specs,
  ]);
  const shared = { client, clock, random, log };
  const kubelet = makeKubelet(options, shared, manager.cache);
  const scheduler = createScheduler({ ...shared, cache: manager.cache });
  const collectors = createCollectors(shared);
  server.setAgent(kubelet);
  await Promise.all([manager.start(), collectors.start(), publishApi(client, listener.port)]);
  await kubelet.start();
  scheduler.start();
  const kinds = specs.filter(({ isTimed }) => isTimed).map(({ root }) => root);
  const notes = { client, cache: manager.cache, log, kinds };
  const unwatch = clock.watch({
    note: (sleep) => noteSleep(notes, sleep),
    awake: (sleep) => kubelet.awake(sleep),
  });
  const { mode = "shared", reason = "" } = kubelet.network ?? {};
  return {
    url: listener.url,
    client,
    cache: manager.cache,
    network: { mode, reason },
    async stop() {
      unwatch();
      await scheduler.stop();
      await kubelet.stop();
      await Promise.all([collectors.stop(), manager.stop()]);
      await server.close();
    },
  };
}
