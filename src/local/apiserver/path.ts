/** Paths of the REST API, taken apart. Pure. */

export interface ParsedPath {
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  readonly resource: string;
  readonly name?: string;
  readonly subresource?: string;
  /** What follows the subresource: the path of a proxied request, with its leading slash. */
  readonly rest?: string;
}

/** Undefined when the path is not that of a resource. */
export function parsePath(path: string): ParsedPath | undefined {
  const parts = path.split("/").slice(1);
  const root = parts.shift();
  const group = root === "apis" ? parts.shift() : "";
  const version = parts.shift();
  if ((root !== "api" && root !== "apis") || group === undefined || !version || parts.length === 0) return undefined;
  let namespace: string | undefined;
  // `/namespaces/x` alone (or with its own subresource) is the Namespace itself.
  const inNamespace = parts[0] === "namespaces" && parts.length > 2 && !["status", "finalize"].includes(parts[2] ?? "");
  if (inNamespace) namespace = decodeURIComponent(parts.splice(0, 2)[1] ?? "");
  const [resource = "", name, subresource, ...rest] = parts;
  if (resource === "") return undefined;
  return {
    group,
    version,
    namespace,
    resource,
    ...(name && { name: decodeURIComponent(name) }),
    ...(subresource && { subresource }),
    ...(subresource === "proxy" && { rest: `/${rest.join("/")}` }),
  };
}
