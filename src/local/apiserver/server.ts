/** The embedded API server: the kinds and handlers of this folder over a store, as an in-process Transport and over HTTPS. */
import { formatTime } from "../../api/meta/condition.ts";
import type { UnknownObject } from "../../api/meta/object.ts";
import type { ApiRequest, Transport } from "../../kube/transport.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { NodeAgent } from "../contracts.ts";
import { memoryJournal, Store } from "../store/index.ts";
import type { Answer } from "./answer.ts";
import { cloneJson } from "./clone-json.ts";
import { type Core, makeUid } from "./core.ts";
import { definitionType, followDefinitions } from "./crd/lifecycle.ts";
import { handleResource, type Subresources } from "./handle.ts";
import { inProcessTransport } from "./in-process.ts";
import { builtInTypes } from "./kinds/built-in.ts";
import { Registry } from "./registry.ts";
import { rootAnswer } from "./root.ts";
import { scaleSubresource } from "./subresources/scale.ts";
import { smallSubresources } from "./subresources/small.ts";

export interface ApiServerOptions {
  /** Absent: one that keeps nothing. */
  readonly store?: Store;
  readonly clock?: Clock;
  /** Yields [0, 1): names and uids come from it. */
  readonly random?: () => number;
  readonly agent?: NodeAgent;
}

export interface ApiServer {
  readonly transport: Transport;
  readonly store: Store;
  /** Gives the server its node; until then log, exec and proxy answer 503. */
  setAgent(agent: NodeAgent): void;
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

export function createApiServer(options: ApiServerOptions = {}): ApiServer {
  const store = options.store ?? new Store(memoryJournal());
  const registry = new Registry();
  for (const type of builtInTypes()) registry.add(type);
  const core: Core = { store, registry, clock: options.clock ?? systemClock, random: options.random ?? Math.random };
  registry.add(definitionType);
  seedNamespaces(core);
  followDefinitions(core);
  const subresources: Subresources = { ...smallSubresources, scale: scaleSubresource };
  const handle = async (request: ApiRequest): Promise<Answer> =>
    rootAnswer(registry, request, () => false) ?? handleResource(core, request, subresources);
  return {
    store,
    transport: inProcessTransport((request) => handle({ ...request, body: cloneJson(request.body) })),
    setAgent() {},
    async close() {
      store.close();
    },
  };
}
