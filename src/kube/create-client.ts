/** The Client over any Transport: builds paths and queries, turns failure answers into KubeError. */
import type { Kind, KubeObject, ObjectList, ObjectRef, UnknownObject } from "../meta/object.ts";
import type { Status } from "../meta/status.ts";
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
  /** Sent with every request instead of the transport's own. */
  readonly userAgent?: string;
}

type Query = Record<string, string>;

const patchContentTypes: Readonly<Record<PatchOptions["type"], string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

const isStatus = (body: unknown): body is Status => (body as Status | undefined)?.kind === "Status";

/** Of a failure that is no Status: the reasons that callers tell apart, by HTTP status as apimachinery has them. */
const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Gone",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/**
 * The error of an answer that is not a success. A body that is no Status (a proxy's page, a missing API group) becomes
 * one whose message names the request and quotes the beginning of the body.
 */
export function errorOf({ method, path }: Pick<ApiRequest, "method" | "path">, response: ApiResponse): KubeError {
  const { status, body } = response;
  if (isStatus(body) && body.status !== "Success") return new KubeError({ ...body, code: body.code ?? status });
  const text = (typeof body === "string" ? body : (JSON.stringify(body) ?? "")).trim().slice(0, 200);
  const message = `${method} ${path}: HTTP ${status}${text ? `: ${text}` : ""}`;
  return new KubeError(failure(status, reasons[status] ?? "Unknown", message));
}

/** The JSON body of a success. Throws KubeError for every other answer, also a page where an object should be. */
export function checked(request: ApiRequest, response: ApiResponse): unknown {
  const { status, body } = response;
  if (status < 200 || status > 299) throw errorOf(request, response);
  if (typeof body === "object" && body !== null) return body;
  const got = `${response.contentType || "no content type"}: ${String(body).trim().slice(0, 200)}`;
  throw new KubeError(failure(status, "Unknown", `${request.method} ${request.path}: not a JSON object (${got})`));
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
  const { propagationPolicy, gracePeriodSeconds, preconditions } = options;
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(propagationPolicy !== undefined && { propagationPolicy }),
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(preconditions !== undefined && { preconditions }),
  };
}

/**
 * Whether the object a delete answered with is still there: it waits for finalizers or for its grace period. Some
 * servers answer the last state of what is gone already, with or without a deletionTimestamp.
 */
function isStillThere({ metadata }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  return (metadata.finalizers?.length ?? 0) > 0 || metadata.deletionGracePeriodSeconds !== 0;
}

/** How requests are sent, and what is added to each write. */
interface Connection {
  readonly send: (request: ApiRequest) => Promise<unknown>;
  readonly writeQuery: (options: WriteOptions) => Query;
}

const reading = ({ send }: Connection): Pick<Client, "get" | "list"> => ({
  get: async <T extends KubeObject>(
    { kind, namespace, name }: ObjectRef,
    { signal }: { readonly signal?: AbortSignal } = {},
  ) => (await send({ method: "GET", path: pathOf(kind, namespace, name), signal })) as T,
  list: async <T extends KubeObject>(kind: Kind, options: ListOptions = {}) => {
    const path = pathOf(kind, options.namespace);
    return (await send({ method: "GET", path, query: listQuery(options), signal: options.signal })) as ObjectList<T>;
  },
});

const writing = ({ send, writeQuery }: Connection): Pick<Client, "create" | "update" | "patch"> => ({
  create: async <T extends KubeObject>(kind: Kind, object: T, options: WriteOptions = {}) => {
    const path = pathOf(kind, object.metadata.namespace);
    const query = writeQuery(options);
    return (await send({ method: "POST", path, query, body: object, signal: options.signal })) as T;
  },
  update: async <T extends KubeObject>(
    kind: Kind,
    object: T,
    options: WriteOptions & { readonly subresource?: string } = {},
  ) => {
    const { namespace, name } = object.metadata;
    const path = pathOf(kind, namespace, name ?? "", options.subresource);
    const query = writeQuery(options);
    return (await send({ method: "PUT", path, query, body: object, signal: options.signal })) as T;
  },
  patch: async <T extends KubeObject>({ kind, namespace, name }: ObjectRef, patch: unknown, options: PatchOptions) => {
    const query = { ...writeQuery(options), ...(options.force && { force: "true" }) };
    const path = pathOf(kind, namespace, name, options.subresource);
    const contentType = patchContentTypes[options.type];
    return (await send({ method: "PATCH", path, query, contentType, body: patch, signal: options.signal })) as T;
  },
});

const deleting = ({ send }: Connection): Pick<Client, "delete" | "deleteCollection"> => ({
  delete: async (ref: ObjectRef, options: DeleteOptions = {}) => {
    const preconditions = options.preconditions ?? (ref.uid ? { uid: ref.uid } : undefined);
    const body = deleteBody({ ...options, ...(preconditions && { preconditions }) });
    const path = pathOf(ref.kind, ref.namespace, ref.name);
    const answer = await send({ method: "DELETE", path, body, signal: options.signal });
    return isStatus(answer) || !isStillThere(answer as UnknownObject) ? undefined : (answer as UnknownObject);
  },
  deleteCollection: async (kind: Kind, list: ListOptions, options: DeleteOptions = {}) => {
    const [path, query] = [pathOf(kind, list.namespace), listQuery(list)];
    await send({ method: "DELETE", path, query, body: deleteBody(options), signal: options.signal ?? list.signal });
  },
});

export function createClient(transport: Transport, defaults: ClientOptions = {}): Client {
  const { userAgent } = defaults;
  const from = (request: ApiRequest): ApiRequest =>
    userAgent === undefined ? request : { ...request, headers: { ...request.headers, "user-agent": userAgent } };
  const send = async (request: ApiRequest): Promise<unknown> =>
    checked(request, await transport.request(from(request)));
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
    for await (const event of transport.watch(from(request))) {
      if (event.type === "ERROR") throw errorOf(request, { status: 500, contentType: "", body: event.object });
      yield { type: event.type, object: event.object as T };
    }
  }

  const connection = { send, writeQuery };
  return { transport, watch, ...reading(connection), ...writing(connection), ...deleting(connection) };
}
