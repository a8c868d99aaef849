/** A small controller on the embedded API server, to test what the runtime promises every controller. */
import { afterEach } from "vitest";
import { ConfigMap, Namespace, Pod } from "../../src/api/core/kinds.ts";
import type { KubeObject, UnknownObject } from "../../src/meta/object.ts";
import { createClient } from "../../src/kube/create-client.ts";
import { failure } from "../../src/kube/errors.ts";
import type { ApiRequest, Transport } from "../../src/kube/transport.ts";
import { createApiServer } from "../../src/local/apiserver/server.ts";
import { memoryJournal, Store } from "../../src/local/store/index.ts";
import { silentLogger } from "../../src/runtime/log.ts";
import { ownerReference } from "../../src/machinery/owner-refs.ts";
import { createManager, type ManagerOptions } from "../../src/runtime/manager.ts";
import type { ControllerSpec } from "../../src/runtime/spec.ts";
import { setStatus } from "../../src/runtime/steps.ts";
import { countingTransport } from "../../src/testing/counting-transport.ts";
import { eventually, quiet } from "../../src/testing/eventually.ts";

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

/** Of the test that runs. */
export const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Runs the controller on one root until the test has ended. */
export async function run(spec: Spec, wrap?: (inner: Transport) => Transport) {
  const runtime = await startRuntime([spec], { ...(wrap && { wrap }) });
  await runtime.manager.start();
  stops.push(() => runtime.manager.stop());
  const root = await runtime.user.create(Pod, makeRoot("root"));
  const ref = { kind: Pod, namespace: "default", name: "root" };
  const status = (message: string) =>
    eventually(async () => (await runtime.user.get<Root>(ref)).status?.message === message, `the root says ${message}`);
  const children = async () => (await runtime.user.list<Settings>(ConfigMap, { namespace: "default" })).items;
  return { ...runtime, root, ref, status, children, quiet: () => quiet(() => runtime.counted.requests.length, 60) };
}

/** Refuses the requests that `refuses` picks, with a Status of this code and reason. */
export const refusing =
  (refuses: (request: ApiRequest) => boolean, code = 403, reason = "Forbidden") =>
  (inner: Transport): Transport => ({
    ...inner,
    request: async (request) =>
      refuses(request)
        ? { status: code, contentType: "application/json", body: failure(code, reason, "exceeded quota") }
        : inner.request(request),
    watch: (request) => inner.watch(request),
    stream: (request) => inner.stream(request),
  });

export const isCreate = ({ method, path }: ApiRequest) => method === "POST" && path.endsWith("/configmaps");
export const say = (message: string) => setStatus({ message });
export const count = (world: readonly Settings[]) => say(`${world.length} children`);

/** As `run`, on what `before` has made. */
export async function startAfter(
  spec: Spec,
  before: (user: Awaited<ReturnType<typeof startRuntime>>["user"]) => Promise<void>,
) {
  const runtime = await startRuntime([spec]);
  await before(runtime.user);
  await runtime.manager.start();
  stops.push(() => runtime.manager.stop());
  await runtime.user.create(Pod, makeRoot("root"));
  const ref = { kind: Pod, namespace: "default", name: "root" };
  const status = (message: string) =>
    eventually(async () => (await runtime.user.get<Root>(ref)).status?.message === message, `the root says ${message}`);
  return { ...runtime, status, quiet: () => quiet(() => runtime.counted.requests.length, 60) };
}
