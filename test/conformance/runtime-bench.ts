/** A small controller on the embedded API server, to test what the runtime promises every controller. */
import { ConfigMap, Namespace, Pod } from "../../src/api/core/kinds.ts";
import type { KubeObject, UnknownObject } from "../../src/meta/object.ts";
import { createClient } from "../../src/kube/create-client.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { createApiServer } from "../../src/local/apiserver/server.ts";
import { memoryJournal, Store } from "../../src/local/store/index.ts";
import { silentLogger } from "../../src/runtime/log.ts";
import { ownerReference } from "../../src/machinery/owner-refs.ts";
import { createManager, type ManagerOptions } from "../../src/runtime/manager.ts";
import type { ControllerSpec } from "../../src/runtime/spec.ts";
import { countingTransport } from "../../src/testing/counting-transport.ts";

export interface Root extends UnknownObject {
  readonly status?: { readonly message?: string };
}
export interface Settings extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Roots are Pods, since they have a status and no controller of their own here; children are ConfigMaps. */
export type Spec = ControllerSpec<Root, readonly Settings[], Root["status"]>;

export const makeRoot = (name: string): Root => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { containers: [{ name: "main", image: "none" }] },
});

export function childOf(root: Root, name: string, data: Record<string, string> = {}): Settings {
  const metadata = { name, namespace: "default", ownerReferences: [ownerReference(Pod, root)] };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

export const controller = (plan: Spec["plan"], more: Partial<Spec> = {}): Spec => ({
  name: "test",
  root: Pod,
  rootWrites: ["patch"],
  owns: [{ kind: ConfigMap, writes: ["create", "patch", "delete", "deletecollection"] }],
  observe: (root, cache) => cache.list(ConfigMap, { controllerUid: root.metadata.uid ?? "" }),
  plan,
  ...more,
});

/** `wrap` may stand between the controller and the server. */
export async function startRuntime(
  specs: readonly Spec[],
  options: Partial<ManagerOptions> & { readonly wrap?: (inner: Transport) => Transport } = {},
) {
  const { wrap = (inner) => inner, ...managerOptions } = options;
  const server = createApiServer({ store: new Store(memoryJournal()) });
  const user = createClient(server.transport);
  const counted = countingTransport(wrap(server.transport));
  const manager = createManager(
    { client: createClient(counted, { fieldManager: "test" }), log: silentLogger, settleMs: 1, ...managerOptions },
    specs,
  );
  await user
    .create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } })
    .catch(() => undefined);
  return { user, counted, manager, server };
}
