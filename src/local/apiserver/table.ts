/** The `Table` form of objects and lists, which `kubectl get` asks for. Pure. */
import type { UnknownObject } from "../../api/meta/object.ts";
import type { Resource } from "./resource.ts";

export interface TableRequest {
  readonly apiVersion: string;
  readonly includeObject: string;
}

/** What an Accept header asks for, if it is a table. */
export function tableRequest(accept: string | undefined, includeObject = "Metadata"): TableRequest | undefined {
  for (const part of (accept ?? "").split(",")) {
    if (!part.includes("as=Table")) continue;
    const version = /v=(v1beta1|v1)\b/.exec(part)?.[1];
    if (version) return { apiVersion: `meta.k8s.io/${version}`, includeObject };
  }
  return undefined;
}

function rowObject(object: UnknownObject, include: string): unknown {
  if (include === "None") return undefined;
  if (include === "Object") return object;
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

/** One object or a list as a table; anything else as it is. */
export function toTable(resource: Resource, body: unknown, request: TableRequest, now: Date): unknown {
  const value = body as UnknownObject & { readonly items?: readonly UnknownObject[]; readonly metadata: { readonly resourceVersion?: string } };
  if (value.kind === "Status") return body;
  const items = value.items ?? [value];
  return {
    kind: "Table",
    apiVersion: request.apiVersion,
    metadata: value.items ? value.metadata : { resourceVersion: value.metadata.resourceVersion },
    columnDefinitions: resource.columns.map(({ value: _, ...column }) => ({ format: "", description: column.name, priority: 0, ...column })),
    rows: items.map((object) => ({
      cells: resource.columns.map((column) => column.value(object, now) ?? null),
      object: rowObject(object, request.includeObject),
    })),
  };
}
