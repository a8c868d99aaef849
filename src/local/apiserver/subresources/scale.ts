/** The scale subresource of custom resources: one number of the spec, as autoscaling/v1 Scale. */
import type { UnknownObject } from "../../../meta/object.ts";
import { json } from "../wire/response.ts";
import { type Core, mustGet } from "../core.ts";
import { badRequest, invalid } from "../errors.ts";
import type { Handler } from "../verbs/handle.ts";
import { parseJsonPath, valueAt } from "../kinds/json-path.ts";
import { patchedBody } from "../verbs/patch.ts";
import { viewOf } from "../kinds/registry.ts";
import { type Call, objectBody } from "../request/call.ts";
import { checkIdentity, replaceObject } from "../verbs/update.ts";

const read = (object: UnknownObject, path: string | undefined): unknown =>
  path === undefined ? undefined : valueAt(parseJsonPath(path) ?? [], object);

function scaleOf({ type }: Call, object: UnknownObject): UnknownObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = type.scale ?? {
    specReplicasPath: "",
    statusReplicasPath: "",
  };
  const selector = read(object, labelSelectorPath);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: read(object, specReplicasPath) ?? 0 },
    status: { replicas: read(object, statusReplicasPath) ?? 0, ...(selector !== undefined && { selector }) },
  };
}

/** `object` with `value` at a path of plain members. */
function withValue(object: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const members = (object ?? {}) as Readonly<Record<string, unknown>>;
  return { ...members, [key]: withValue(members[key], rest, value) };
}

async function writeScale(core: Core, call: Call, scale: UnknownObject) {
  const old = viewOf(call.type, mustGet(core, call));
  checkIdentity(call, scale, old);
  const replicas = (scale["spec"] as { readonly replicas?: unknown } | undefined)?.replicas ?? 0;
  if (!Number.isInteger(replicas)) throw badRequest("spec.replicas must be an integer");
  if ((replicas as number) < 0) {
    const detail = "must be greater than or equal to 0";
    throw invalid({ group: "autoscaling", kind: "Scale", resource: "scales" }, call.name ?? "", [
      { type: "Invalid", field: "spec.replicas", detail, value: replicas },
    ]);
  }
  const path = (call.type.scale?.specReplicasPath ?? "").split(".").filter(Boolean);
  const given = withValue(old, path, replicas) as UnknownObject;
  const { subresource: _, ...whole } = call;
  const answer = await replaceObject(core, whole, { given, old });
  return answer.type === "json" ? json(scaleOf(call, answer.body as UnknownObject)) : answer;
}

const getScale: Handler = (core, call) => json(scaleOf(call, viewOf(call.type, mustGet(core, call))));
const putScale: Handler = (core, call) => writeScale(core, call, objectBody(call.request));
const patchScale: Handler = (core, call) => {
  const scale = scaleOf(call, viewOf(call.type, mustGet(core, call)));
  return writeScale(core, call, patchedBody(scale, call) as UnknownObject);
};

export const scaleSubresource = { GET: getScale, PUT: putScale, PATCH: patchScale } as const;
