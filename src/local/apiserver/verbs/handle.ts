/** One request in, one answer out: finds the kind, the verb and the subresource. Every failure leaves as a KubeError. */
import type { ApiRequest } from "../../../kube/transport.ts";
import type { HandlerResponse } from "../wire/response.ts";
import { json } from "../wire/response.ts";
import { type Core, durable, mustGet } from "../core.ts";
import { create } from "./create.ts";
import { deleteCollection, deleteOne } from "./delete.ts";
import { methodNotAllowed, noSuchPath } from "../errors.ts";
import { list } from "./list.ts";
import { patch } from "./patch.ts";
import { viewOf } from "../kinds/registry.ts";
import { type Call, flag, parseCall } from "../request/call.ts";
import { shapeResponse } from "../wire/table.ts";
import { update } from "./update.ts";
import { watch } from "./watch.ts";

export type Handler = (core: Core, call: Call) => Promise<HandlerResponse> | HandlerResponse;

const read: Handler = async (core, call) => {
  await durable(core).catch(() => {});
  return json(viewOf(call.type, mustGet(core, call)));
};

const collection: Readonly<Record<string, Handler>> = {
  GET: (core, call) => (flag(call.request, "watch") ? watch(core, call) : list(core, call)),
  POST: create,
  DELETE: deleteCollection,
};
const item: Readonly<Record<string, Handler>> = { GET: read, PUT: update, PATCH: patch, DELETE: deleteOne };
const status: Readonly<Record<string, Handler>> = { GET: read, PUT: update, PATCH: patch };

const verbs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  collection: { GET: "list", POST: "create", DELETE: "deletecollection" },
  item: { GET: "get", PUT: "update", PATCH: "patch", DELETE: "delete" },
};

/** Handlers of the subresources beyond status: by name, then method (`*`: any). */
export type Subresources = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

function handlerFor(call: Call, subresources: Subresources): Handler {
  const { type, name, subresource, request } = call;
  if (subresource !== undefined) {
    if (!type.subresources.includes(subresource)) throw noSuchPath();
    const handlers = subresource === "status" ? status : subresources[subresource];
    const handler = handlers?.[request.method] ?? handlers?.["*"];
    if (!handler) throw methodNotAllowed();
    return handler;
  }
  const scope = name === undefined ? "collection" : "item";
  const verb = verbs[scope]?.[request.method];
  const handler = (scope === "collection" ? collection : item)[request.method];
  if (!handler || !verb || !type.verbs.includes(verb)) throw methodNotAllowed();
  return handler;
}

export async function handleResource(
  core: Core,
  request: ApiRequest,
  subresources: Subresources,
): Promise<HandlerResponse> {
  const call = parseCall(core.registry, request);
  const answer = shapeResponse(call, await handlerFor(call, subresources)(core, call), () => core.clock.now());
  const { deprecation } = call.type;
  if (!deprecation || answer.type === "bytes") return answer;
  return { ...answer, warnings: [...(answer.warnings ?? []), deprecation] };
}
