/**
 * The API server: requests in, answers out, all as JSON values. HTTP is in http.ts; this is what it and the in-process
 * transport call.
 */
import { randomUUID } from "node:crypto";
import type { Status } from "../../api/meta/status.ts";
import type { UnknownObject } from "../../api/meta/object.ts";
import { KubeError } from "../../kube/errors.ts";
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from "../../kube/transport.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Store } from "../store/store.ts";
import type { Api, Query, Target } from "./api.ts";
import { builtinResources } from "./builtin.ts";
import { aggregated, apiGroupList, apiResourceList, groupOf, openApiIndex, openApiV2, openApiV3, versionInfo } from "./discovery.ts";
import { badRequest, methodNotAllowed, pathNotFound } from "./errors.ts";
import { clusterIps } from "./cluster-ips.ts";
import { Registry } from "./registry.ts";
import { accessReview } from "./reviews.ts";
import { parsePath, type ParsedPath } from "./path.ts";
import { logStream, subresourceVerb } from "./subresources/index.ts";
import { tableRequest, toTable } from "./table.ts";
import { create, type WriteContext } from "./verbs/create.ts";
import { deleteOptions, remove, removeCollection } from "./verbs/delete.ts";
import { list, watch } from "./verbs/list.ts";
import { existing, patch, update } from "./verbs/update.ts";

export interface ApiServerOptions {
  readonly store: Store;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly uid?: () => string;
}

export interface ApiServer extends Api {
  /** Calls straight into the server: no sockets, no serialisation; answers are frozen. */
  readonly transport: Transport;
  /** Answers one request; never rejects. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** Starts a watch. Throws KubeError when it is refused. */
  openWatch(request: ApiRequest, sink: { event(event: WatchEvent): void; end(): void }): () => void;
  resolve(request: ApiRequest): Target | undefined;
}

const defaultNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

export const queryOf =
  (request: ApiRequest): Query =>
  (name) => {
    const value = request.query?.[name];
    return typeof value === "string" ? value : value?.[0];
  };

const json = (status: number, body: unknown, warnings: readonly string[] = []): ApiResponse => ({
  status,
  contentType: "application/json",
  body,
  ...(warnings.length > 0 && { warnings }),
});

const text = (body: string): ApiResponse => ({ status: 200, contentType: "text/plain", body });

function internalError(error: unknown): Status {
  const message = `Internal error occurred: ${(error as Error).message}`;
  return { apiVersion: "v1", kind: "Status", metadata: {}, status: "Failure", reason: "InternalError", message, code: 500 };
}

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, clock = systemClock, random = Math.random, uid = randomUUID } = options;
  const registry = new Registry(builtinResources(clusterIps(store)));
  const api: Api = { store, registry, clock, random, uid };
  for (const crd of store.list("apiextensions.k8s.io/customresourcedefinitions")) registry.define(crd);
  makeNamespaces(api);

  function targetOf(path: ParsedPath): Target | undefined {
    const resource = registry.find(path.group, path.version, path.resource);
    if (!resource) return undefined;
    const { namespace, name, subresource } = path;
    return { resource, ...(resource.kind.namespaced && { namespace }), name, subresource };
  }

  const resolve = (request: ApiRequest): Target | undefined => {
    const path = parsePath(request.path);
    return path && targetOf(path);
  };

  async function write(target: Target, request: ApiRequest, warnings: string[]): Promise<ApiResponse> {
    const query = queryOf(request);
    const context: WriteContext = { query, warn: (warning) => warnings.push(warning) };
    const { method, body } = request;
    const named = target.name !== undefined;
    if (method === "POST" && !named) return json(201, await create(api, target, body, context));
    if (method === "PUT" && named) return json(200, await update(api, target, body, context));
    if (method === "PATCH" && named) return json(200, await patch(api, target, { contentType: request.contentType ?? "", body }, context));
    if (method === "DELETE" && named) return json(200, await remove(api, target, deleteOptions(body, query)));
    if (method === "DELETE") return json(200, await removeCollection(api, target, query, deleteOptions(body, query)));
    throw methodNotAllowed();
  }

  async function serveResource(target: Target, request: ApiRequest): Promise<ApiResponse> {
    const warnings: string[] = target.resource.deprecation ? [target.resource.deprecation] : [];
    const special = await subresourceVerb(api, target, request);
    if (special) return special;
    const query = queryOf(request);
    const answer =
      request.method === "GET"
        ? json(200, target.name === undefined ? list(api, target, query) : existing(api, target))
        : await write(target, request, warnings);
    const table = tableRequest(request.accept, query("includeObject"));
    const body = table && answer.status < 300 ? toTable(target.resource, answer.body, table, clock.now()) : answer.body;
    return json(answer.status, body, warnings);
  }

  function serveMeta(request: ApiRequest): ApiResponse | undefined {
    const { path, accept = "" } = request;
    const parts = path.split("/").filter(Boolean);
    if (["/healthz", "/readyz", "/livez"].includes(path)) return text("ok");
    if (path === "/version") return json(200, versionInfo);
    const apiVersion = /v=(v2beta1|v2)\b/.exec(accept)?.[1];
    if ((path === "/api" || path === "/apis") && accept.includes("APIGroupDiscoveryList") && apiVersion) {
      const body = aggregated(registry, path === "/api", `apidiscovery.k8s.io/${apiVersion}`);
      return { ...json(200, body), contentType: `application/json;g=apidiscovery.k8s.io;v=${apiVersion};as=APIGroupDiscoveryList` };
    }
    if (path === "/api") return json(200, { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] });
    if (path === "/apis") return json(200, apiGroupList(registry));
    if (path === "/openapi/v2") return json(200, openApiV2(registry));
    if (path === "/openapi/v3") return json(200, openApiIndex(registry));
    const found = describe(parts);
    return found === undefined ? undefined : json(200, found);
  }

  function describe(parts: readonly string[]): unknown {
    const [root, second = "", third = "", fourth = "", fifth = ""] = parts;
    if (root === "api" && parts.length === 2) return apiResourceList(registry, "", second);
    if (root === "apis" && parts.length === 2) return groupOf(registry, second);
    if (root === "apis" && parts.length === 3) return apiResourceList(registry, second, third);
    if (root !== "openapi" || second !== "v3") return undefined;
    return third === "api" ? openApiV3(registry, "", fourth) : openApiV3(registry, fourth, fifth);
  }

  async function answer(request: ApiRequest): Promise<ApiResponse> {
    const target = resolve(request);
    if (target) return serveResource(target, request);
    const review = accessReview(request);
    if (review) return json(201, review);
    const meta = request.method === "GET" ? serveMeta(request) : undefined;
    if (meta) return meta;
    throw pathNotFound();
  }

  async function handle(request: ApiRequest): Promise<ApiResponse> {
    try {
      return await answer(request);
    } catch (error) {
      const status = error instanceof KubeError ? error.status : internalError(error);
      return json(status.code, status);
    }
  }

  function openWatch(request: ApiRequest, sink: { event(event: WatchEvent): void; end(): void }): () => void {
    const target = resolve(request);
    if (!target) throw pathNotFound();
    if (request.method !== "GET") throw badRequest("a watch is a GET");
    return watch(api, target, queryOf(request), sink);
  }

  const server: ApiServer = Object.assign(api, {
    handle,
    openWatch,
    resolve,
    transport: {
      request: handle,
      watch: (request: ApiRequest) => watchEvents(server, request),
      stream: (request: ApiRequest) => logStream(api, server.resolve(request), request),
    } satisfies Transport,
  });
  return server;
}

/** A watch as an async sequence. Events wait in memory until they are taken: in process nobody is slow for long. */
async function* watchEvents(server: ApiServer, request: ApiRequest): AsyncIterable<WatchEvent> {
  let queue: WatchEvent[] = [];
  let ended = request.signal?.aborted ?? false;
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  const end = () => {
    ended = true;
    notify();
  };
  const close = server.openWatch(request, {
    event(event) {
      queue.push(event);
      notify();
    },
    end,
  });
  request.signal?.addEventListener("abort", end, { once: true });
  try {
    for (;;) {
      const batch = queue;
      queue = [];
      for (const event of batch) {
        if (request.signal?.aborted) return;
        yield event;
      }
      if (queue.length > 0) continue;
      if (ended) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    close();
  }
}

function makeNamespaces(api: Api): void {
  for (const name of defaultNamespaces) {
    if (api.store.get("/namespaces", name)) continue;
    const metadata = { name, uid: api.uid(), creationTimestamp: api.clock.now().toISOString().replace(/\.\d+Z$/, "Z"), labels: { "kubernetes.io/metadata.name": name } };
    const namespace: UnknownObject = { apiVersion: "v1", kind: "Namespace", metadata, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } };
    api.store.put("/namespaces", namespace);
  }
}


