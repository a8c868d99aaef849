/** The finalize subresource of namespaces. */
import { durable, mustGet } from "../core.ts";
import { conflict, modified } from "../errors.ts";
import { objectBody } from "../request/call.ts";
import type { Handler } from "../verbs/handle.ts";
import { json } from "../wire/response.ts";

type Json = Readonly<Record<string, unknown>>;

/** Replaces a namespace's finalizers; with none left, and its deletion asked for, it goes. */
export const finalize: Handler = async (core, call) => {
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
