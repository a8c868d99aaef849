/** What the query of a list or a watch may say of versions: refused in the words of Kubernetes, field by field. */
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { ApiRequest } from "../../../kube/transport.ts";
import { badRequest, invalid } from "../errors.ts";
import { flag, integer, param } from "./call.ts";

const optionsKind = { group: "meta.k8s.io", kind: "ListOptions", resource: "listoptions" };
const field = "resourceVersionMatch";
const notOlderThan = "NotOlderThan";
const forbidden = (detail: string, of = field): FieldError => ({ type: "Forbidden", field: of, detail });
const notSupported = (value: string, ...supported: readonly string[]): FieldError => ({
  type: "NotSupported",
  field,
  value,
  detail: `supported values: ${supported.map((name) => JSON.stringify(name)).join(", ")}`,
});

function listErrors(request: ApiRequest): readonly FieldError[] {
  const match = param(request, field);
  const version = param(request, "resourceVersion");
  const errors: FieldError[] = [];
  if (match) {
    if (!version) errors.push(forbidden(`${field} is forbidden unless resourceVersion is provided`));
    if (param(request, "continue")) errors.push(forbidden(`${field} is forbidden when continue is provided`));
    if (!["Exact", notOlderThan].includes(match)) errors.push(notSupported(match, "Exact", notOlderThan, ""));
    if (match === "Exact" && version === "0")
      errors.push(forbidden(`${field} "exact" is forbidden for resourceVersion "0"`));
  }
  if (param(request, "sendInitialEvents") !== undefined)
    errors.push(forbidden("sendInitialEvents is forbidden for list", "sendInitialEvents"));
  return errors;
}

function watchErrors(request: ApiRequest): readonly FieldError[] {
  const match = param(request, field);
  const isInitialSaid = param(request, "sendInitialEvents") !== undefined;
  const errors: FieldError[] = [];
  if (isInitialSaid && match !== notOlderThan)
    errors.push(forbidden(`sendInitialEvents requires setting ${field} to ${notOlderThan}`));
  if (!match) return errors;
  if (!isInitialSaid) errors.push(forbidden(`${field} is forbidden for watch unless sendInitialEvents is provided`));
  if (match !== notOlderThan) errors.push(notSupported(match, notOlderThan));
  if (param(request, "continue")) errors.push(forbidden(`${field} is forbidden when continue is provided`));
  return errors;
}

/** A resourceVersion as clients send it. Throws 400. */
function parseVersion(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^\d+$/.test(text)) {
    throw badRequest(`resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

export interface ListOptions {
  readonly resourceVersion?: number;
  readonly match?: string;
  /** 0: no limit. */
  readonly limit: number;
  readonly continue?: string;
}

/** Throws 400 or 422. */
export function listOptions(request: ApiRequest): ListOptions {
  const errors = listErrors(request);
  if (errors.length > 0) throw invalid(optionsKind, "", errors);
  const resourceVersion = parseVersion(param(request, "resourceVersion"));
  const match = param(request, field);
  const token = param(request, "continue");
  if (token && resourceVersion) throw badRequest("specifying resource version is not allowed when using continue");
  return {
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(match && { match }),
    ...(token && { continue: token }),
    limit: integer(request, "limit") ?? 0,
  };
}

export interface WatchOptions {
  readonly resourceVersion?: number;
  readonly sendInitialEvents?: boolean;
  readonly bookmarks: boolean;
  readonly timeoutSeconds?: number;
}

/** Throws 400 or 422. */
export function watchOptions(request: ApiRequest): WatchOptions {
  const errors = watchErrors(request);
  if (errors.length > 0) throw invalid(optionsKind, "", errors);
  const resourceVersion = parseVersion(param(request, "resourceVersion"));
  const timeoutSeconds = integer(request, "timeoutSeconds");
  return {
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(param(request, "sendInitialEvents") !== undefined && { sendInitialEvents: flag(request, "sendInitialEvents") }),
    ...(timeoutSeconds && { timeoutSeconds }),
    bookmarks: flag(request, "allowWatchBookmarks"),
  };
}
