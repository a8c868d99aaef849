/** Where the tests of RayClusters run: the bench of workloads with our controller in it, and ways to play the pods. */
import type { Job } from "../../src/api/batch/job.ts";
import { CustomResourceDefinition, Job as JobKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import { isPodReady, type Pod, type PodStatus } from "../../src/api/core/pod.ts";
import type { ObjectMeta } from "../../src/meta/object.ts";
import { crds } from "../../src/api/ray/crd.ts";
import { RayCluster as RayClusterKind } from "../../src/api/ray/kinds.ts";
import type { RayCluster, RayClusterSpec, WorkerGroupSpec } from "../../src/api/ray/types.ts";
import { createRayClusterController } from "../../src/controllers/raycluster/controller.ts";
import { rayOperatorOptions } from "../../src/controllers/raycluster/options.ts";
import type { Client } from "../../src/kube/client.ts";
import { createClient } from "../../src/kube/create-client.ts";
import { isAlreadyExists } from "../../src/kube/errors.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { createManager } from "../../src/runtime/manager.ts";
import { type CountingTransport, countingTransport } from "../../src/testing/counting-transport.ts";
import { assertDeclared, declaredTransport } from "../../src/testing/declared-transport.ts";
import { silentWatches } from "../../src/testing/silent-watches.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, find, startBench } from "./workloads-bench.ts";

/** Every definition of ray.io, as this version has it. */
export async function installRay(client: Client): Promise<void> {
  for (const crd of crds) {
    try {
      await client.create(CustomResourceDefinition, crd);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const ref = { kind: CustomResourceDefinition, name: crd.metadata.name };
      await client.patch(ref, { spec: crd.spec }, { type: "merge" });
    }
  }
  await eventually(async () => (await client.list(RayClusterKind)).items !== undefined, "RayClusters are served");
}

export interface RayClusterBench extends Bench {
  /** What our controller has asked of the API server. */
  readonly asked: CountingTransport;
}

/** No pod is told of by a watch, and no first answer to the making of one arrives. */
export function losingPods(inner: Transport): Transport {
  const made = new Set<string>();
  return {
    ...silentWatches(inner, "pods"),
    async request(request) {
      const answer = await inner.request(request);
      if (request.method !== "POST" || !request.path.endsWith("/pods")) return answer;
      const { name = "" } = (request.body as Pod).metadata;
      if (made.has(name)) return answer;
      made.add(name);
      throw new Error("the connection was reset");
    },
  };
}

export interface RayClusterBenchOptions {
  readonly settleMs?: number;
  /** Stands between our controller and the API server. */
  readonly wrap?: (inner: Transport) => Transport;
}

export async function startRayClusterBench(
  name: string,
  { settleMs, wrap = (inner) => inner }: RayClusterBenchOptions = {},
): Promise<RayClusterBench> {
  const bench = await startBench(name);
  await installRay(bench.client);
  const controller = createRayClusterController({ options: rayOperatorOptions("conformance", {}) });
  const declared = declaredTransport(wrap(bench.client.transport), [controller]);
  const asked = countingTransport(declared);
  const client = createClient(asked, { fieldManager: "windlass" });
  const manager = createManager({ client, namespace: bench.namespace, settleMs, trims: true }, [controller]);
  await manager.start();
  return {
    ...bench,
    asked,
    async stop() {
      await manager.stop();
      await bench.stop();
      assertDeclared(declared);
    },
  };
}

/** A template whose pods nothing but the test moves. */
const template = (name: string) =>
  ({ spec: { schedulerName: "nobody", containers: [{ name, image: "none" }] } }) as const;

export const group = (more: Partial<WorkerGroupSpec> = {}): WorkerGroupSpec => ({
  groupName: "small",
  replicas: 2,
  maxReplicas: 5,
  template: template("ray-worker"),
  ...more,
});

export const spec = (more: Partial<RayClusterSpec> = {}): RayClusterSpec => ({
  rayVersion: "2.53.0",
  headGroupSpec: { template: template("ray-head") },
  workerGroupSpecs: [group()],
  ...more,
});

const isLive = ({ metadata }: Pod) => metadata.deletionTimestamp === undefined;
const isHead = ({ metadata }: Pod) => metadata.labels?.["ray.io/node-type"] === "head";
const indexOf = ({ metadata }: Pod) => metadata.labels?.["ray.io/worker-group-replica-index"];

/** One RayCluster in the bench's namespace. */
export class Subject {
  readonly bench: Bench;
  readonly name: string;

  constructor(bench: Bench, name: string) {
    this.bench = bench;
    this.name = name;
  }

  get ref() {
    return { kind: RayClusterKind, namespace: this.bench.namespace, name: this.name };
  }

  create(of: RayClusterSpec, metadata: ObjectMeta = {}): Promise<RayCluster> {
    return this.bench.client.create<RayCluster>(RayClusterKind, {
      apiVersion: "ray.io/v1",
      kind: "RayCluster",
      metadata: { name: this.name, namespace: this.bench.namespace, ...metadata },
      spec: of,
    });
  }

  get(): Promise<RayCluster | undefined> {
    return find<RayCluster>(this.bench.client, this.ref);
  }

  patch(patch: unknown): Promise<RayCluster> {
    return this.bench.client.patch<RayCluster>(this.ref, patch, { type: "merge" });
  }

  async pods(): Promise<readonly Pod[]> {
    const { client, namespace } = this.bench;
    const { items } = await client.list<Pod>(PodKind, { namespace, labelSelector: `ray.io/cluster=${this.name}` });
    return items;
  }

  /** Ends the grace period of pods that are going: without a node nobody else does. */
  async reap(): Promise<void> {
    const { client, namespace } = this.bench;
    for (const { metadata } of (await this.pods()).filter((pod) => !isLive(pod))) {
      await client.delete({ kind: PodKind, namespace, name: metadata.name ?? "" }, { gracePeriodSeconds: 0 });
    }
  }

  /** Waits until these are the live pods: `head`, and workers by their index. */
  has(...wanted: readonly string[]): Promise<readonly Pod[]> {
    return eventually(async () => {
      await this.reap();
      const pods = (await this.pods()).filter(isLive);
      const found = pods.map((pod) => (isHead(pod) ? "head" : String(indexOf(pod)))).toSorted();
      if (found.join() !== wanted.toSorted().join()) throw new Error(`there are ${found.join()}`);
      return pods;
    }, `${this.name} has the pods ${wanted.join()}`);
  }

  async head(): Promise<Pod> {
    return eventually(async () => (await this.pods()).filter(isLive).find(isHead), `${this.name} has a head`);
  }

  async worker(index: number): Promise<Pod> {
    const isMeant = (pod: Pod) => isLive(pod) && indexOf(pod) === String(index);
    return eventually(async () => (await this.pods()).find(isMeant), `${this.name} has worker ${index}`);
  }

  async setPod({ metadata }: Pod, status: PodStatus): Promise<void> {
    const ref = { kind: PodKind, namespace: this.bench.namespace, name: metadata.name ?? "" };
    await this.bench.client.patch(ref, { status }, { type: "merge", subresource: "status" });
  }

  /** All pods that do not run yet start to, at once. */
  async run(): Promise<void> {
    const waiting = (await this.pods()).filter((pod) => isLive(pod) && !isPodReady(pod));
    const conditions = [{ type: "Ready", status: "True" }] as const;
    await Promise.all(
      waiting.map((pod) =>
        this.setPod(pod, { phase: "Running", podIP: "10.1.2.3", podIPs: [{ ip: "10.1.2.3" }], conditions }),
      ),
    );
  }

  async fail(pod: Pod): Promise<void> {
    await this.setPod(pod, { phase: "Failed", reason: "Evicted" });
  }

  /** Waits until the RayCluster is as `check` wants it. */
  until(what: string, check: (cluster: RayCluster) => boolean): Promise<RayCluster> {
    return eventually(async () => {
      await this.reap();
      const cluster = await this.get();
      if (cluster && check(cluster)) return cluster;
      throw new Error(`it is ${JSON.stringify(cluster?.status)}`);
    }, `${this.name} ${what}`);
  }

  isReady(): Promise<RayCluster> {
    return this.until("is ready", ({ status }) => status?.state === "ready");
  }

  async cleanupJob(): Promise<Job> {
    const ref = { kind: JobKind, namespace: this.bench.namespace, name: `${this.name}-redis-cleanup` };
    return eventually(async () => {
      await this.reap();
      return find<Job>(this.bench.client, ref);
    }, `${this.name} has a cleanup Job`);
  }
}
