/** From a request's body to an object worth storing: its kind checked, unknown fields handled, defaults filled in. */
import { apiVersionOf, type UnknownObject } from "../../api/meta/object.ts";
import { defaultObject, pruneObject, unknownFields } from "../../machinery/schema/defaults.ts";
import { badRequest } from "./errors.ts";
import type { ResourceType } from "./registry.ts";
import { type Call, param } from "./request.ts";

export interface Incoming {
  readonly object: UnknownObject;
  readonly warnings: readonly string[];
}

/** Fills in apiVersion and kind where the body left them out. Throws 400 when they name another kind. */
export function checkKind(type: ResourceType, object: UnknownObject): UnknownObject {
  const apiVersion = apiVersionOf(type.kind);
  if (object.apiVersion && object.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (object.kind && object.kind !== type.kind.kind) {
    const given = `${object.apiVersion || apiVersion}, Kind=${object.kind}`;
    throw badRequest(`${given} is not the expected kind: ${apiVersion}, Kind=${type.kind.kind}`);
  }
  if (object.apiVersion && object.kind) return object;
  return { ...object, apiVersion, kind: type.kind.kind };
}

/** Throws 400 in Strict mode, warns in Warn mode (the default), says nothing in Ignore mode. */
function reportUnknown({ request }: Call, unknown: readonly string[]): readonly string[] {
  const mode = param(request, "fieldValidation") || "Warn";
  if (!["Strict", "Warn", "Ignore"].includes(mode)) {
    throw badRequest(`fieldValidation: Unsupported value: "${mode}": supported values: "Ignore", "Strict", "Warn"`);
  }
  if (unknown.length === 0 || mode === "Ignore") return [];
  const texts = unknown.map((path) => `unknown field "${path}"`);
  if (mode === "Warn") return texts;
  throw badRequest(`strict decoding error: ${texts.join(", ")}`);
}

/** Prunes or reports what the schema does not know, then fills in defaults. */
export function normalize(call: Call, given: UnknownObject): Incoming {
  const { type } = call;
  const checked = checkKind(type, given);
  const { schema } = type;
  if (!schema) return { object: type.strategy.default?.(checked) ?? checked, warnings: [] };
  const warnings = reportUnknown(call, unknownFields(schema, checked));
  const pruned = (type.prunes ? pruneObject(schema, checked) : checked) as UnknownObject;
  const defaulted = type.prunes ? (defaultObject(schema, pruned) as UnknownObject) : pruned;
  return { object: type.strategy.default?.(defaulted) ?? defaulted, warnings };
}
