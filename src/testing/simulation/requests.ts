/** What sort of request it is, as far as faults are concerned, and which resource it is about. */
import type { ApiRequest } from "../../kube/transport.ts";

export interface Sort {
  readonly sort: "write" | "event" | "list" | "get";
  /** As paths have it: `pods`. */
  readonly resource: string;
  readonly name?: string;
}

/** `/api/v1/namespaces/NS/pods/NAME/status`, `/apis/GROUP/v1/namespaces/NS/…`, and both without a namespace. */
export function sortOf({ method, path }: ApiRequest): Sort {
  const parts = path.split("/").slice(path.startsWith("/apis/") ? 4 : 3);
  const [resource = "", name] = parts[0] === "namespaces" && parts.length > 2 ? parts.slice(2) : parts;
  const about = { resource, ...(name !== undefined && { name }) };
  if (method === "GET") return { sort: name === undefined ? "list" : "get", ...about };
  return { sort: resource === "events" ? "event" : "write", ...about };
}
