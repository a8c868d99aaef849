/** The failures that the API server answers, in Kubernetes' words. */
import { KubeError, failure } from "../../kube/errors.ts";
import { type FieldError, formatFieldError } from "../../machinery/schema/types.ts";
import type { Kind } from "../../api/meta/object.ts";

const qualified = ({ group, resource }: Pick<Kind, "group" | "resource">) => (group ? `${resource}.${group}` : resource);
const details = (kind: Kind, name: string) => ({ name, kind: kind.resource, ...(kind.group && { group: kind.group }) });

export const notFound = (kind: Kind, name: string): KubeError =>
  new KubeError(failure(404, "NotFound", `${qualified(kind)} "${name}" not found`, details(kind, name)));

export const pathNotFound = (): KubeError => new KubeError(failure(404, "NotFound", "the server could not find the requested resource"));

export const alreadyExists = (kind: Kind, name: string): KubeError =>
  new KubeError(failure(409, "AlreadyExists", `${qualified(kind)} "${name}" already exists`, details(kind, name)));

export function conflict(kind: Kind, name: string, why = "the object has been modified; please apply your changes to the latest version and try again"): KubeError {
  return new KubeError(failure(409, "Conflict", `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`, details(kind, name)));
}

const causeReasons: Readonly<Record<FieldError["type"], string>> = {
  Required: "FieldValueRequired",
  Invalid: "FieldValueInvalid",
  TypeInvalid: "FieldValueTypeInvalid",
  NotSupported: "FieldValueNotSupported",
  Duplicate: "FieldValueDuplicate",
  Forbidden: "FieldValueForbidden",
  TooLong: "FieldValueTooLong",
  TooMany: "FieldValueTooMany",
};

export function invalid(kind: Kind, name: string, errors: readonly FieldError[]): KubeError {
  const texts = errors.map(formatFieldError);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const causes = errors.map((error) => ({
    reason: causeReasons[error.type],
    message: formatFieldError(error).slice(error.field.length + 2),
    field: error.field,
  }));
  const title = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const about = { name, kind: kind.kind, ...(kind.group && { group: kind.group }), causes };
  return new KubeError(failure(422, "Invalid", `${title} "${name}" is invalid: ${list}`, about));
}

export const badRequest = (message: string): KubeError => new KubeError(failure(400, "BadRequest", message));
export const forbidden = (message: string): KubeError => new KubeError(failure(403, "Forbidden", message));
export const expired = (message: string): KubeError => new KubeError(failure(410, "Expired", message));
export const unsupportedMediaType = (type: string): KubeError =>
  new KubeError(failure(415, "UnsupportedMediaType", `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml (got ${type})`));
export const methodNotAllowed = (): KubeError =>
  new KubeError(failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"));
export const tooLarge = (limit: number): KubeError =>
  new KubeError(failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`));
export const unauthorized = (): KubeError => new KubeError(failure(401, "Unauthorized", "Unauthorized"));
export const unavailable = (message: string): KubeError => new KubeError(failure(503, "ServiceUnavailable", message));

/** The journal could not be written: the change was not acknowledged. */
export const notStored = (cause: Error): KubeError =>
  new KubeError(failure(507, "InternalError", `the change is not stored: ${cause.message}; free disk space and try again`), { cause });
