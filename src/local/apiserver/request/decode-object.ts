/** From a request's body to an object worth storing: its kind checked, unknown fields handled, defaults filled in. */
import { apiVersionOf, type UnknownObject } from "../../../meta/object.ts";
import { defaultObject, pruneObject, unknownFields } from "../../../machinery/schema/defaults.ts";
import { decodeBuiltIn } from "./decode-built-in.ts";
import { badRequest } from "../errors.ts";
import type { ResourceType } from "../kinds/registry.ts";
import { type Call, param } from "./call.ts";

export interface DecodedObject {
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
export function decodeObject(call: Call, given: UnknownObject): DecodedObject {
  const { type } = call;
  const checked = checkKind(type, given);
  const { object, unknown } = type.custom ? decodeCustom(type, checked) : decode(type, checked);
  const warnings = reportUnknown(call, unknown);
  return { object: type.strategy.default?.(object) ?? object, warnings };
}

interface Known {
  readonly object: UnknownObject;
  readonly unknown: readonly string[];
}

function decodeCustom({ schema }: ResourceType, object: UnknownObject): Known {
  if (!schema) return { object, unknown: [] };
  const unknown = unknownFields(schema, object);
  const pruned = unknown.length > 0 ? pruneObject(schema, object) : object;
  return { object: defaultObject(schema, pruned) as UnknownObject, unknown };
}

function decode({ kind, schema }: ResourceType, object: UnknownObject): Known {
  if (!schema) return { object, unknown: [] };
  const { value, unknown, mismatch } = decodeBuiltIn(schema, object);
  if (mismatch) {
    throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${mismatch}`);
  }
  return { object: value as UnknownObject, unknown };
}
