/** The `Table` form of objects, lists and watch events, which `kubectl get` asks for; and the metadata-only form. */
import { apiVersionOf, type UnknownObject } from "../../../meta/object.ts";
import type { WatchEvent } from "../../../kube/transport.ts";
import type { HandlerResponse, WatchSink } from "./response.ts";
import type { ResourceType } from "../kinds/registry.ts";
import { type Call, param } from "../request/call.ts";

type Include = "None" | "Metadata" | "Object";
type Shape =
  | { readonly as: "Table"; readonly version: string; readonly include: Include }
  | { readonly as: "PartialObjectMetadata"; readonly version: string };

/** The first form in an Accept header that this server has: undefined is plain JSON. */
export function shapeOf({ request }: Call): Shape | undefined {
  for (const part of (request.accept ?? "").split(",")) {
    const version = /;\s*v=(v1beta1|v1)\b/.exec(part)?.[1];
    const as = /;\s*as=(\w+)/.exec(part)?.[1];
    if (!part.includes("json") && !part.includes("*/*")) continue;
    if (!as) return undefined;
    if (as === "Table" && version)
      return { as, version, include: (param(request, "includeObject") as Include | undefined) ?? "Metadata" };
    if (as.startsWith("PartialObjectMetadata") && version) return { as: "PartialObjectMetadata", version };
  }
  return undefined;
}

const partial = (object: UnknownObject, version: string): unknown => ({
  kind: "PartialObjectMetadata",
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
});

function rowObject(
  object: UnknownObject,
  { include, version }: { readonly include: Include; readonly version: string },
): unknown {
  if (include === "None") return undefined;
  return include === "Object" ? object : partial(object, version);
}

interface Body {
  readonly kind?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly items?: readonly UnknownObject[];
}

function toTable(
  type: ResourceType,
  body: Body,
  options: { readonly shape: Shape & { readonly as: "Table" }; readonly now: Date; readonly bare?: boolean },
): unknown {
  const { shape, now, bare } = options;
  const items = body.items ?? [body as unknown as UnknownObject];
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${shape.version}`,
    metadata: body.items ? body.metadata : { resourceVersion: body.metadata?.["resourceVersion"] },
    columnDefinitions: bare
      ? null
      : type.columns.map(({ name, type: columnType, format = "", description = name, priority = 0 }) => ({
          name,
          type: columnType === "date" ? "string" : columnType,
          format,
          description,
          priority,
        })),
    rows: items.map((object) => ({
      cells: type.columns.map((column) => column.cell(object, now) ?? null),
      object: rowObject(object, shape),
    })),
  };
}

const isOfType = (type: ResourceType, { kind }: Body): boolean => kind === type.kind.kind || kind === type.listKind;

function shaped(
  type: ResourceType,
  body: Body,
  options: { readonly shape: Shape; readonly now: Date; readonly bare?: boolean },
): unknown {
  const { shape } = options;
  if (!isOfType(type, body)) return body;
  if (shape.as === "Table") return toTable(type, body, { ...options, shape });
  if (!body.items) return partial(body as unknown as UnknownObject, shape.version);
  return {
    kind: "PartialObjectMetadataList",
    apiVersion: `meta.k8s.io/${shape.version}`,
    metadata: body.metadata,
    items: body.items.map((item) => partial(item, shape.version)),
  };
}

/** Bookmarks carry no object, hence no row. */
function shapedEvent(
  type: ResourceType,
  event: WatchEvent,
  options: { readonly shape: Shape; readonly now: Date; readonly bare: boolean },
): WatchEvent {
  if (event.type === "ERROR") return event;
  if (event.type !== "BOOKMARK") return { type: event.type, object: shaped(type, event.object as Body, options) };
  const { metadata } = event.object as Body;
  if (options.shape.as !== "Table")
    return {
      type: "BOOKMARK",
      object: { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${options.shape.version}`, metadata },
    };
  const apiVersion = `meta.k8s.io/${options.shape.version}`;
  const object = { kind: type.kind.kind, apiVersion: apiVersionOf(type.kind), metadata };
  const rows = [{ cells: type.columns.map(() => null), object }];
  return {
    type: "BOOKMARK",
    object: {
      kind: "Table",
      apiVersion,
      metadata: { resourceVersion: metadata?.["resourceVersion"] },
      columnDefinitions: null,
      rows,
    },
  };
}

/** The answer in the form the client asked for. Only the first event of a watch describes the columns. */
export function shapeResponse(call: Call, answer: HandlerResponse, now: () => Date): HandlerResponse {
  const shape = shapeOf(call);
  if (!shape || answer.type === "bytes") return answer;
  if (answer.type === "json") return { ...answer, body: shaped(call.type, answer.body as Body, { shape, now: now() }) };
  const open = (sink: WatchSink) => {
    let described = false;
    return answer.open({
      end: () => sink.end(),
      event(event) {
        const bare = described;
        described ||= event.type !== "BOOKMARK";
        return sink.event(shapedEvent(call.type, event, { shape, now: now(), bare }));
      },
    });
  };
  return { ...answer, open };
}
