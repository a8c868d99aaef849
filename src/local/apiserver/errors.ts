/** The failures of the API, in the words of Kubernetes' own server: clients and people match on them. */
import type { Kind } from "../../meta/object.ts";
import type { StatusCause } from "../../meta/status.ts";
import { failure, KubeError } from "../../kube/errors.ts";
import { type FieldError, formatFieldError } from "../../machinery/schema/types.ts";

type Named = Pick<Kind, "group" | "resource" | "kind">;

/** `pods`, or `jobs.batch`. */
export const qualified = ({ group, resource }: Pick<Kind, "group" | "resource">): string =>
  group === "" ? resource : `${resource}.${group}`;

const details = ({ group, resource }: Named, name: string) => ({ name, ...(group && { group }), kind: resource });

export const badRequest = (message: string) => new KubeError(failure(400, "BadRequest", message));

export const notFound = (kind: Named, name: string) =>
  new KubeError(failure(404, "NotFound", `${qualified(kind)} "${name}" not found`, details(kind, name)));

export const noSuchPath = () =>
  new KubeError(failure(404, "NotFound", "the server could not find the requested resource"));

export const alreadyExists = (kind: Named, name: string) =>
  new KubeError(failure(409, "AlreadyExists", `${qualified(kind)} "${name}" already exists`, details(kind, name)));

export const conflict = (kind: Named, name: string, reason: string) =>
  new KubeError(
    failure(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${reason}`,
      details(kind, name),
    ),
  );

export const modified = "the object has been modified; please apply your changes to the latest version and try again";

export const forbidden = (kind: Named, name: string, reason: string) =>
  new KubeError(failure(403, "Forbidden", `${qualified(kind)} "${name}" is forbidden: ${reason}`, details(kind, name)));

export const methodNotAllowed = () =>
  new KubeError(
    failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {}),
  );

export const unsupportedMediaType = (type: string, accepted: readonly string[]) =>
  new KubeError(
    failure(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format (${type}) - accepted media types include: ${accepted.join(", ")}`,
    ),
  );

export const expired = (message: string) => new KubeError(failure(410, "Expired", message));

export const tooLarge = (bytes: number) =>
  new KubeError(failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${bytes}`));

export const unavailable = (message: string) => new KubeError(failure(503, "ServiceUnavailable", message));

export const internal = (message: string) =>
  new KubeError(failure(500, "InternalError", `Internal error occurred: ${message}`));

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

function causeOf(error: FieldError): StatusCause {
  const message = formatFieldError(error).slice(error.field.length + 2);
  return { reason: causeReasons[error.type], message, field: error.field };
}

/** 422 with one cause per field. */
export function invalid(kind: Named, name: string, errors: readonly FieldError[]): KubeError {
  const texts = errors.map(formatFieldError);
  const text = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new KubeError(
    failure(422, "Invalid", `${kind.kind}${kind.group ? `.${kind.group}` : ""} "${name}" is invalid: ${text}`, {
      name,
      ...(kind.group && { group: kind.group }),
      kind: kind.kind,
      causes: errors.map(causeOf),
    }),
  );
}
