/** Builders of the objects the suite writes, and what it asks of answers. */
import { expect } from "vitest";
import { ConfigMap, Pod } from "../../../src/api/core/kinds.ts";
import type { Kind, ObjectRef, UnknownObject } from "../../../src/meta/object.ts";
import { KubeError } from "../../../src/kube/errors.ts";
import type { Connected } from "./connect.ts";

export const configMap = (namespace: string, name: string, more: object = {}): UnknownObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  ...more,
});

export const pod = (namespace: string, name: string, spec: object = {}): UnknownObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace },
  // A scheduler that does not exist: nothing but the suite moves the pod.
  spec: {
    schedulerName: "nobody",
    automountServiceAccountToken: false,
    containers: [{ name: "main", image: "busybox:1" }],
    ...spec,
  },
});

export const refTo = (namespace: string, name: string, kind: Kind = ConfigMap): ObjectRef => ({
  kind,
  namespace,
  name,
});
export const podRef = (namespace: string, name: string): ObjectRef => refTo(namespace, name, Pod);

/** Fails unless `work` is refused with this code and reason. */
export async function refused(work: Promise<unknown>, code: number, reason: string): Promise<KubeError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KubeError);
  const found = error as KubeError;
  expect({ code: found.code, reason: found.reason }).toEqual({ code, reason });
  return found;
}

/** The first `count` events of a watch, which is then ended. */
export async function firstEvents(
  server: Connected,
  kind: Kind,
  options: { readonly resourceVersion?: string; readonly labelSelector?: string; readonly count: number },
) {
  const { count, ...query } = options;
  const stop = new AbortController();
  const seen: { readonly type: string; readonly object: UnknownObject }[] = [];
  for await (const event of server.client.watch(kind, { ...query, namespace: server.namespace, signal: stop.signal })) {
    seen.push(event);
    if (seen.length === count) break;
  }
  stop.abort();
  return seen;
}
