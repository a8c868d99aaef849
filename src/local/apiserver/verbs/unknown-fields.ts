/** `fieldValidation`: what happens to fields that the schema does not know. */
import type { UnknownObject } from "../../../api/meta/object.ts";
import { badRequest } from "../errors.ts";
import type { Resource } from "../resource.ts";
import type { WriteContext } from "./create.ts";

/** Strict refuses, Warn (the default) says so, Ignore does neither. The fields are pruned afterwards in any case. */
export function checkUnknown(resource: Resource, object: UnknownObject, { query, warn }: WriteContext): void {
  const mode = query("fieldValidation") ?? "Warn";
  if (mode === "Ignore" || !resource.rules.unknown) return;
  const fields = resource.rules.unknown(object).map((field) => `unknown field "${field}"`);
  if (fields.length === 0) return;
  if (mode === "Strict") throw badRequest(`${resource.kind.kind} in version "${resource.kind.version}" cannot be handled as a ${resource.kind.kind}: strict decoding error: ${fields.join(", ")}`);
  for (const field of fields) warn(field);
}
