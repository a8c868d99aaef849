/** Taking a request apart: which kind, object and subresource a path names, and what its query says. */
import type { UnknownObject } from "../../../meta/object.ts";
import type { ApiRequest } from "../../../kube/transport.ts";
import { badRequest, noSuchPath } from "../errors.ts";
import type { Registry, ResourceType } from "../kinds/registry.ts";

/** A request for a resource, as handlers get it. */
export interface Call {
  readonly request: ApiRequest;
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** What follows the subresource (a proxy's path), with its slash. */
  readonly rest: string;
}

/** The first value of a query parameter. */
export function param(request: ApiRequest, name: string): string | undefined {
  const value = request.query?.[name];
  return typeof value === "string" || value === undefined ? value : value[0];
}

export const flag = (request: ApiRequest, name: string): boolean => {
  const value = param(request, name);
  return value !== undefined && !["false", "0", "no"].includes(value);
};

export function integer(request: ApiRequest, name: string): number | undefined {
  const value = param(request, name);
  if (value === undefined || value === "") return undefined;
  if (!/^-?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing "${value}": invalid syntax`);
  return Number(value);
}

export function isDryRun(request: ApiRequest, body?: unknown): boolean {
  const inBody = (body as { dryRun?: readonly string[] } | undefined)?.dryRun;
  const values = [request.query?.["dryRun"] ?? inBody ?? []].flat();
  const wrong = values.find((value) => value !== "All");
  if (wrong !== undefined) throw badRequest(`Invalid value: ["${wrong}"]: Unsupported value: "${wrong}"`);
  return values.length > 0;
}

const decodeSegment = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`invalid escape in path segment "${segment}"`);
  }
};

/** The parts after the version: scope, then resource, name, subresource, rest. */
function partsOf(segments: readonly string[]): { namespace?: string; item: readonly string[] } {
  const [first, second, third] = segments;
  const ofNamespace = segments.length < 3 || third === "status" || third === "finalize";
  if (first !== "namespaces" || ofNamespace) return { item: segments };
  return { namespace: second, item: segments.slice(2) };
}

/** Throws 404 when the path names no kind this server has. */
export function parseCall(registry: Registry, request: ApiRequest): Call {
  const segments = request.path.split("/").slice(1);
  const isCore = segments[0] === "api";
  const [group, version] = isCore ? ["", segments[1]] : [segments[1], segments[2]];
  const { namespace, item } = partsOf(segments.slice(isCore ? 2 : 3).map(decodeSegment));
  const [resource, name, subresource, ...rest] = item;
  const type = registry.find(group ?? "", version ?? "", resource ?? "");
  if (!type || (namespace !== undefined && !type.kind.namespaced)) throw noSuchPath();
  const proxied = subresource === "proxy" ? rawRest(request.path, rest.length) : rest.join("/");
  if (subresource !== undefined && subresource !== "proxy" && rest.length > 0) throw noSuchPath();
  return {
    request,
    type,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && name !== "" && { name }),
    ...(subresource !== undefined && subresource !== "" && { subresource }),
    rest: proxied,
  };
}

/** The last `count` segments as they came, escapes and all. */
function rawRest(path: string, count: number): string {
  return count === 0 ? "" : `/${path.split("/").slice(-count).join("/")}`;
}

/** The body as an object with metadata. Throws 400. */
export function objectBody(request: ApiRequest): UnknownObject {
  const { body } = request;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest("the object provided is unrecognized (must be of type JSON object)");
  }
  const { metadata } = body as { metadata?: unknown };
  if (metadata !== undefined && metadata !== null && (typeof metadata !== "object" || Array.isArray(metadata))) {
    throw badRequest("metadata must be an object");
  }
  return { ...(body as UnknownObject), metadata: { ...((metadata ?? {}) as UnknownObject["metadata"]) } };
}
