/** The Client over any Transport: builds paths and queries, turns failure answers into KubeError. */
import type { Kind, KubeObject, ObjectList, ObjectRef, UnknownObject } from "../api/meta/object.ts";
import type { Status } from "../api/meta/status.ts";
import {
  type Client,
  type DeleteOptions,
  type ListOptions,
  type PatchOptions,
  pathOf,
  type TypedWatchEvent,
  type WatchOptions,
  type WriteOptions,
} from "./client.ts";
import { failure, KubeError } from "./errors.ts";
import type { ApiRequest, ApiResponse, Transport } from "./transport.ts";

export interface ClientOptions {
  /** Written into managedFields by every create, update and patch. */
  readonly fieldManager?: string;
}

type Query = Record<string, string>;

const patchContentTypes: Readonly<Record<PatchOptions["type"], string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

const isStatus = (body: unknown): body is Status => (body as Status | undefined)?.kind === "Status";

/** The body of a successful answer. Throws KubeError otherwise, also when the answer is no Status (a proxy's page). */
export function checked(request: ApiRequest, response: ApiResponse): unknown {
  if (response.status < 400) return response.body;
  if (isStatus(response.body)) throw new KubeError(response.body);
  const text = typeof response.body === "string" ? response.body.trim().slice(0, 200) : JSON.stringify(response.body);
  throw new KubeError(
    failure(response.status, "Unknown", `${request.method} ${request.path}: HTTP ${response.status}: ${text}`),
  );
}

function listQuery(options: WatchOptions): Query {
  const query: Query = {};
  for (const name of [
    "labelSelector",
    "fieldSelector",
    "continue",
    "resourceVersion",
    "resourceVersionMatch",
  ] as const) {
    const value = options[name];
    if (value !== undefined) query[name] = value;
  }
  if (options.limit !== undefined) query["limit"] = String(options.limit);
  if (options.timeoutSeconds !== undefined) query["timeoutSeconds"] = String(options.timeoutSeconds);
  if (options.allowWatchBookmarks) query["allowWatchBookmarks"] = "true";
  return query;
}

function deleteBody(options: DeleteOptions): Record<string, unknown> {
  const { signal: _, ...body } = options;
  return { apiVersion: "v1", kind: "DeleteOptions", ...body };
}

export function createClient(transport: Transport, defaults: ClientOptions = {}): Client {
  const send = async (request: ApiRequest): Promise<unknown> => checked(request, await transport.request(request));
  const writeQuery = (options: WriteOptions): Query => {
    const fieldManager = options.fieldManager ?? defaults.fieldManager;
    return { ...(fieldManager && { fieldManager }), ...(options.dryRun && { dryRun: "All" }) };
  };

  async function* watch<T extends KubeObject>(
    kind: Kind,
    options: WatchOptions = {},
  ): AsyncIterable<TypedWatchEvent<T>> {
    const query = { ...listQuery(options), watch: "true" };
    const request: ApiRequest = { method: "GET", path: pathOf(kind, options.namespace), query, signal: options.signal };
    for await (const event of transport.watch(request)) {
      if (event.type === "ERROR") throw new KubeError(event.object as Status);
      yield { type: event.type, object: event.object as T };
    }
  }

  return {
    transport,
    watch,
    get: async <T extends KubeObject>(
      { kind, namespace, name }: ObjectRef,
      options: { readonly signal?: AbortSignal } = {},
    ) => (await send({ method: "GET", path: pathOf(kind, namespace, name), signal: options.signal })) as T,
    list: async <T extends KubeObject>(kind: Kind, options: ListOptions = {}) => {
      const request: ApiRequest = {
        method: "GET",
        path: pathOf(kind, options.namespace),
        query: listQuery(options),
        signal: options.signal,
      };
      return (await send(request)) as ObjectList<T>;
    },
    create: async <T extends KubeObject>(kind: Kind, object: T, options: WriteOptions = {}) => {
      const path = pathOf(kind, object.metadata.namespace);
      return (await send({
        method: "POST",
        path,
        query: writeQuery(options),
        body: object,
        signal: options.signal,
      })) as T;
    },
    update: async <T extends KubeObject>(
      kind: Kind,
      object: T,
      options: WriteOptions & { readonly subresource?: string } = {},
    ) => {
      const { namespace, name } = object.metadata;
      const path = pathOf(kind, namespace, name ?? "", options.subresource);
      return (await send({
        method: "PUT",
        path,
        query: writeQuery(options),
        body: object,
        signal: options.signal,
      })) as T;
    },
    patch: async <T extends KubeObject>(
      { kind, namespace, name }: ObjectRef,
      patch: unknown,
      options: PatchOptions,
    ) => {
      const query = { ...writeQuery(options), ...(options.force && { force: "true" }) };
      const path = pathOf(kind, namespace, name, options.subresource);
      const contentType = patchContentTypes[options.type];
      return (await send({ method: "PATCH", path, query, contentType, body: patch, signal: options.signal })) as T;
    },
    delete: async (ref: ObjectRef, options: DeleteOptions = {}) => {
      const preconditions = options.preconditions ?? (ref.uid ? { uid: ref.uid } : undefined);
      const body = deleteBody({ ...options, ...(preconditions && { preconditions }) });
      const path = pathOf(ref.kind, ref.namespace, ref.name);
      const answer = await send({ method: "DELETE", path, body, signal: options.signal });
      return isStatus(answer) ? undefined : (answer as UnknownObject);
    },
    deleteCollection: async (kind: Kind, list: ListOptions, options: DeleteOptions = {}) => {
      await send({
        method: "DELETE",
        path: pathOf(kind, list.namespace),
        query: listQuery(list),
        body: deleteBody(options),
      });
    },
  };
}
