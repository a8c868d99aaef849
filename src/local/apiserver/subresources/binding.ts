/** The subresources that are small writes: binding, eviction, finalize, scale, token. */
import { formatTime } from "../../../meta/condition.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import { json } from "../wire/response.ts";
import { durable, mustGet } from "../core.ts";
import { deleteRequestOf, deleteStored } from "../verbs/delete.ts";
import { badRequest, conflict, modified } from "../errors.ts";
import type { Handler } from "../verbs/handle.ts";
import { isDryRun, objectBody } from "../request/call.ts";
import { scalarText } from "../kinds/scalar-text.ts";

type Json = Readonly<Record<string, unknown>>;

const done = (status: number) =>
  json({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: status }, status);

/** Puts a pod on a node: spec.nodeName once, and the PodScheduled condition. */
const bind: Handler = async (core, call) => {
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
  if (isDryRun(call.request, body)) return done(201);
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
  return done(201);
};

/** There are no disruption budgets here: an eviction is a delete. */
const evict: Handler = async (core, call) => {
  const body = objectBody(call.request);
  const options = deleteRequestOf({ ...call, request: { ...call.request, body: body["deleteOptions"] } });
  const stored = mustGet(core, call);
  deleteStored(core, call.type, {
    stored,
    options: { ...options, dryRun: isDryRun(call.request, body) || options.dryRun },
  });
  await durable(core);
  return done(201);
};

/** Replaces a namespace's finalizers; with none left, and its deletion asked for, it goes. */
const finalize: Handler = async (core, call) => {
  const body = objectBody(call.request);
  const old = mustGet(core, call);
  const { resourceVersion } = body.metadata;
  const name = old.metadata.name ?? "";
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(call.type.kind, name, modified);
  }
  const finalizers = ((body["spec"] as Json | undefined)?.["finalizers"] ?? []) as readonly string[];
  const next = { ...old, spec: { ...(old["spec"] as Json), finalizers } };
  const isGone = finalizers.length === 0 && old.metadata.deletionTimestamp && !old.metadata.finalizers?.length;
  const stored = isGone ? core.store.remove(call.type.storage, name) : core.store.put(call.type.storage, next);
  await durable(core);
  return json(stored ?? next);
};

/** Tokens of service accounts: the local cluster has one user, so they all are the server's own. */
export const tokenHandler =
  (token: () => string): Handler =>
  (core, call) => {
    const account = mustGet(core, call);
    const { spec = {}, ...rest } = objectBody(call.request) as UnknownObject & { readonly spec?: Json };
    const seconds = (spec["expirationSeconds"] as number | undefined) ?? 3600;
    const expirationTimestamp = formatTime(new Date(core.clock.now().getTime() + seconds * 1000));
    return json(
      {
        ...rest,
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        metadata: {
          name: account.metadata.name,
          namespace: account.metadata.namespace,
          creationTimestamp: formatTime(core.clock.now()),
        },
        spec: { audiences: ["https://kubernetes.default.svc"], expirationSeconds: seconds, ...spec },
        status: { token: token(), expirationTimestamp },
      },
      201,
    );
  };

export const smallSubresources = {
  binding: { POST: bind },
  eviction: { POST: evict },
  finalize: { PUT: finalize },
} as const;
