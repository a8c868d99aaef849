/** The binding subresource of pods: how a scheduler puts a pod on a node. */
import { formatTime } from "../../../meta/condition.ts";
import { durable, mustGet } from "../core.ts";
import { badRequest, conflict } from "../errors.ts";
import { scalarText } from "../kinds/scalar-text.ts";
import { isDryRun, objectBody } from "../request/call.ts";
import type { Handler } from "../verbs/handle.ts";
import { success } from "../wire/response.ts";

type Json = Readonly<Record<string, unknown>>;

/** Puts a pod on a node: spec.nodeName once, and the PodScheduled condition. */
export const bind: Handler = async (core, call) => {
  const body = objectBody(call.request);
  const target = body["target"] as { readonly name?: string } | undefined;
  if (!target?.name) throw badRequest("target.name: Required value");
  const pod = mustGet(core, call);
  const { name = "" } = pod.metadata;
  const spec = pod["spec"] as Json;
  if (spec["nodeName"])
    throw conflict(call.type.kind, name, `pod ${name} is already assigned to node "${scalarText(spec["nodeName"])}"`);
  if (pod.metadata.deletionTimestamp)
    throw conflict(call.type.kind, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (((spec["schedulingGates"] ?? []) as readonly unknown[]).length > 0) {
    throw conflict(call.type.kind, name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  if (isDryRun(call.request, body)) return success(201);
  const status = pod["status"] as { readonly conditions?: readonly { readonly type: string }[] };
  const lastTransitionTime = formatTime(core.clock.now());
  const scheduled = { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime };
  const conditions = [...(status.conditions ?? []).filter(({ type }) => type !== "PodScheduled"), scheduled];
  const annotations = body.metadata.annotations && {
    annotations: { ...pod.metadata.annotations, ...body.metadata.annotations },
  };
  core.store.put(call.type.storage, {
    ...pod,
    metadata: { ...pod.metadata, ...annotations },
    spec: { ...spec, nodeName: target.name },
    status: { ...status, conditions },
  });
  await durable(core);
  return success(201);
};
