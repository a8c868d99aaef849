/** The embedded API server: the kinds and handlers of this folder over a store, as an in-process Transport and over HTTPS. */
import { formatTime } from "../../meta/condition.ts";
import type { UnknownObject } from "../../meta/object.ts";
import type { ApiRequest, Transport } from "../../kube/transport.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { NodeAgent } from "../contracts.ts";
import { memoryJournal, Store } from "../store/index.ts";
import type { HandlerResponse } from "./wire/response.ts";
import { cloneJson } from "./wire/clone-json.ts";
import { type Core, makeUid } from "./core.ts";
import { definitionType, followDefinitions } from "./crd/lifecycle.ts";
import { expireEvents } from "./storage/expire-events.ts";
import { handleResource, type Subresources } from "./verbs/handle.ts";
import { listen, type Listener, type ListenOptions, type Served } from "./wire/listen.ts";
import { inProcessTransport } from "./wire/in-process.ts";
import { builtInTypes } from "./kinds/built-in.ts";
import { resourceMetricsResponse } from "./endpoints/resource-metrics.ts";
import { Registry } from "./kinds/registry.ts";
import { nonResourceResponse } from "./endpoints/non-resource.ts";
import { scaleSubresource } from "./subresources/scale.ts";
import { type GetAgent, logHandler } from "./subresources/log.ts";
import { proxyHandler } from "./subresources/proxy.ts";
import { bind } from "./subresources/binding.ts";
import { evict } from "./subresources/eviction.ts";
import { finalize } from "./subresources/finalize.ts";
import { tokenHandler } from "./subresources/token.ts";
import { connectInProcess, upgradeConnection } from "./subresources/upgrade.ts";

export interface ApiServerOptions {
  /** Absent: one that keeps nothing. */
  readonly store?: Store;
  readonly clock?: Clock;
  /** Yields [0, 1): names and uids come from it. */
  readonly random?: () => number;
  readonly agent?: NodeAgent;
}

export interface ApiServer {
  /** Calls straight into the server: no sockets, no serialisation; answers are frozen. */
  readonly transport: Transport;
  readonly store: Store;
  /** Gives the server its node; until then log, exec and proxy answer 503. */
  setAgent(agent: NodeAgent): void;
  /** Serves HTTP(S) too; may be called more than once. Rejects when the port is taken. */
  listen(options?: ListenOptions): Promise<Listener>;
  /** Stops serving and closes the store. */
  close(): Promise<void>;
}

const initialNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

function seedNamespaces({ store, clock, random }: Core): void {
  for (const name of initialNamespaces) {
    if (store.get("namespaces", name)) continue;
    const namespace: UnknownObject = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name,
        uid: makeUid(random),
        creationTimestamp: formatTime(clock.now()),
        labels: { "kubernetes.io/metadata.name": name },
      },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    };
    store.put("namespaces", namespace);
  }
}

/** The kinds and namespaces that every API server has. */
function seed(core: Core): void {
  for (const type of [...builtInTypes(), definitionType]) core.registry.add(type);
  seedNamespaces(core);
}

export function createApiServer(options: ApiServerOptions = {}): ApiServer {
  const { store = new Store(memoryJournal()), clock = systemClock, random = Math.random } = options;
  const registry = new Registry();
  const core: Core = { store, registry, clock, random };
  seed(core);
  const stops = [followDefinitions(core), expireEvents(core)];
  let agent = options.agent;
  const tokens = new Set<string>();
  const listeners: Listener[] = [];
  const subresources = subresourcesWith({ agent: () => agent, token: () => [...tokens][0] ?? makeUid(random) });
  const handle = async (request: ApiRequest): Promise<HandlerResponse> =>
    nonResourceResponse(registry, request, (token) => tokens.has(token)) ??
    resourceMetricsResponse(core, request, () => agent) ??
    handleResource(core, request, subresources);
  const inProcess = inProcessTransport((request) => handle({ ...request, body: cloneJson(request.body) }));
  const served: Served = {
    handle,
    isStreamed: ({ path }) => proxyPath.test(path),
    upgrade: (request, connection) => upgradeConnection(core, () => agent, { request, connection }),
  };
  return {
    store,
    transport: {
      ...inProcess,
      connect: (request, protocols) => connectInProcess(core, () => agent, { request, protocols }),
    },
    setAgent: (next) => void (agent = next),
    async listen(listenOptions = {}) {
      if (listenOptions.token) tokens.add(listenOptions.token);
      const listener = await listen(served, listenOptions);
      listeners.push(listener);
      return listener;
    },
    async close() {
      await Promise.all(listeners.map((listener) => listener.close()));
      for (const stop of stops) stop();
      store.close();
    },
  };
}

const proxyPath = /^\/api\/v1\/namespaces\/[^/]+\/(pods|services)\/[^/]+\/proxy(\/|$)/;

function subresourcesWith({ agent, token }: { readonly agent: GetAgent; readonly token: () => string }): Subresources {
  return {
    binding: { POST: bind },
    eviction: { POST: evict },
    finalize: { PUT: finalize },
    scale: scaleSubresource,
    log: { GET: logHandler(agent) },
    proxy: { "*": proxyHandler(agent) },
    token: { POST: tokenHandler(token) },
  };
}
