/** Writes of the root object itself: a patch of its metadata and spec, its finalizers, and its status once a reconcile. */
import type { Kind, KubeObject } from "../meta/object.ts";
import { diffMergePatch, subsetPatch } from "../machinery/patch/merge.ts";
import type { Writer } from "./write-object.ts";

/** Merge-patches the root where it differs; answers the root as it is then. */
export async function patchRoot<Root extends KubeObject>(
  { client, cache }: Writer,
  kind: Kind,
  root: Root,
  fields: unknown,
): Promise<Root> {
  const patch = subsetPatch(fields, root);
  if (patch === undefined) return root;
  const { namespace, name = "" } = root.metadata;
  const answer = await client.patch<Root>({ kind, namespace, name }, patch, { type: "merge" });
  cache.put(kind, answer);
  return answer;
}

/** Replaces the list of finalizers. Throws a conflict when the root has changed since. */
export async function setFinalizers<Root extends KubeObject>(
  { client, cache }: Writer,
  kind: Kind,
  root: Root,
  finalizers: readonly string[],
): Promise<Root> {
  const { namespace, name = "", resourceVersion } = root.metadata;
  // A merge patch replaces the list: the version makes somebody else's change of it a conflict instead of a loss.
  const patch = { metadata: { finalizers, resourceVersion } };
  const answer = await client.patch<Root>({ kind, namespace, name }, patch, { type: "merge" });
  cache.put(kind, answer);
  return answer;
}

/**
 * Sends one merge patch of /status with what differs from `root`; answers whether it did. Without a resourceVersion:
 * the controller is the only writer of what it names.
 */
export async function writeStatus(writer: Writer, kind: Kind, root: KubeObject, status: unknown): Promise<boolean> {
  const { client, cache, settled } = writer;
  const statusOf = (object: KubeObject): unknown => (object as KubeObject & { readonly status?: unknown }).status ?? {};
  const { namespace, name = "", uid = "" } = root.metadata;
  const key = `${uid}/status`;
  const patch = settled.pending(key, diffMergePatch(statusOf(root), status), statusOf(root));
  if (patch === undefined) return false;
  const options = { type: "merge", subresource: "status" } as const;
  const answer = await client.patch<KubeObject>({ kind, namespace, name }, { status: patch }, options);
  cache.put(kind, answer);
  settled.learn(key, diffMergePatch(statusOf(answer), status), statusOf(answer));
  return true;
}
