/** GET of a collection: selectors, paging at one resourceVersion, and what `resourceVersion` may ask for. */
import { apiVersionOf, keyOf, type UnknownObject } from "../../../meta/object.ts";
import { failure, KubeError } from "../../../kube/errors.ts";
import { ExpiredError } from "../../store/index.ts";
import { type HandlerResponse, json } from "../wire/response.ts";
import { type Core, durable } from "../core.ts";
import { badRequest, expired } from "../errors.ts";
import { type ResourceType, viewOf } from "../kinds/registry.ts";
import type { Call } from "../request/call.ts";
import { type ListOptions, listOptions } from "../request/list-options.ts";
import { everything, predicateOf } from "../request/selectors.ts";

export interface Selected {
  readonly items: readonly UnknownObject[];
  readonly version: number;
  readonly continue?: string;
  readonly remaining?: number;
}

interface Position {
  readonly version: number;
  /** Key of the last object that was given out. */
  readonly after: string;
}

const encodePosition = (position: Position): string => Buffer.from(JSON.stringify(position)).toString("base64url");

function decodePosition(token: string): Position {
  try {
    const { version, after } = JSON.parse(Buffer.from(token, "base64url").toString()) as Position;
    if (Number.isInteger(version) && typeof after === "string") return { version, after };
  } catch {
    // Said below.
  }
  throw badRequest("continue key is not valid");
}

/** First index whose key is not below `key`. */
function lowerBound(objects: readonly UnknownObject[], key: string): number {
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(objects[middle] as UnknownObject) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The part of a sorted list that is in a namespace. "0" is the character after "/". */
function inNamespace(objects: readonly UnknownObject[], namespace: string | undefined): readonly UnknownObject[] {
  if (!namespace) return objects;
  return objects.slice(lowerBound(objects, `${namespace}/`), lowerBound(objects, `${namespace}0`));
}

/** All objects of a call's scope at a version, key order. */
export function scopeAt(core: Core, { type, namespace }: Call, version: number): readonly UnknownObject[] {
  try {
    return inNamespace(core.store.list(type.storage, version), namespace);
  } catch (error) {
    if (error instanceof ExpiredError) throw expired(error.message);
    throw error;
  }
}

function versionFor({ store }: Core, { resourceVersion: asked, match }: ListOptions): number {
  if (asked !== undefined && asked > store.version) {
    throw new KubeError(
      failure(504, "Timeout", `Too large resource version: ${asked}, current: ${store.version}`, {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1,
      }),
    );
  }
  return match === "Exact" && asked !== undefined ? asked : store.version;
}

/** The stored objects a list or deletecollection names. Throws 400, 410, 504. */
export function selectObjects(core: Core, call: Call): Selected {
  const { type } = call;
  const matches = predicateOf(call);
  const options = listOptions(call.request);
  const { limit } = options;
  const position = options.continue ? decodePosition(options.continue) : undefined;
  const version = position?.version ?? versionFor(core, options);
  const scope = scopeAt(core, call, version);
  const start = position ? lowerBound(scope, `${position.after}\0`) : 0;
  if (limit <= 0 && start === 0 && matches === everything) return { items: scope, version };
  const items: UnknownObject[] = [];
  for (let at = start; at < scope.length; at++) {
    const object = scope[at] as UnknownObject;
    if (matches !== everything && !matches(viewOf(type, object))) continue;
    items.push(object);
    if (items.length !== limit || at + 1 >= scope.length) continue;
    const remaining = matches === everything ? scope.length - at - 1 : undefined;
    return {
      items,
      version,
      continue: encodePosition({ version, after: keyOf(object) }),
      ...(remaining && { remaining }),
    };
  }
  return { items, version };
}

function listObject(type: ResourceType, { items, version, continue: token, remaining }: Selected): unknown {
  return {
    apiVersion: apiVersionOf(type.kind),
    kind: type.listKind,
    metadata: {
      resourceVersion: String(version),
      ...(token && { continue: token }),
      ...(remaining && { remainingItemCount: remaining }),
    },
    items: type.view ? items.map((item) => viewOf(type, item)) : items,
  };
}

export async function list(core: Core, call: Call): Promise<HandlerResponse> {
  // A list must not be older than a write whose answer the caller has: wait for what is under way.
  await durable(core).catch(() => {});
  return json(listObject(call.type, selectObjects(core, call)));
}
