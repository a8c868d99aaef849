/**
 * Where the tests of Jobs, scheduling, deletion and endpoints run: the embedded API server with Windlass' own controllers,
 * or, with WINDLASS_REAL_KUBECONFIG, a real control plane with Kubernetes' own. Pods never run: tests patch their status.
 */
import type { Job, JobSpec } from "../../src/api/batch/job.ts";
import { CustomResourceDefinition, Job as JobKind, Namespace, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Pod, PodStatus } from "../../src/api/core/pod.ts";
import type { KubeObject, ObjectRef } from "../../src/meta/object.ts";
import type { Client } from "../../src/kube/client.ts";
import { createClient } from "../../src/kube/create-client.ts";
import { isAlreadyExists, isNotFound } from "../../src/kube/errors.ts";
import { createHttpsTransport } from "../../src/kube/https-transport.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { createApiServer } from "../../src/local/apiserver/server.ts";
import { createScheduler } from "../../src/local/scheduler/index.ts";
import { memoryJournal, Store } from "../../src/local/store/index.ts";
import { createCollectors, workloadControllers } from "../../src/local/workloads/index.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { silentLogger } from "../../src/runtime/log.ts";
import { createManager } from "../../src/runtime/manager.ts";
import { eventually } from "../../src/testing/eventually.ts";

export const realKubeconfig = process.env["WINDLASS_REAL_KUBECONFIG"];

export interface Bench {
  readonly client: Client;
  /** Made for this bench, deleted with it. */
  readonly namespace: string;
  stop(): Promise<void>;
}

export async function startBench(name: string): Promise<Bench> {
  const { client, stop } = realKubeconfig ? await connectReal(realKubeconfig) : await startEmbedded();
  const namespace = `${name}-${Math.random().toString(36).slice(2, 8)}`;
  await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  return {
    client,
    namespace,
    async stop() {
      if (realKubeconfig) await client.delete({ kind: Namespace, name: namespace });
      await stop();
    },
  };
}

async function connectReal(path: string) {
  const config = await loadKubeconfig({ path });
  const transport = createHttpsTransport({ ...config.transport, userAgent: "windlass/conformance" });
  return { client: createClient(transport), stop: async () => transport.close?.() };
}

async function startEmbedded() {
  const server = createApiServer({ store: new Store(memoryJournal()) });
  const client = createClient(server.transport);
  const manager = createManager({ client }, workloadControllers());
  const options = { client, clock: systemClock, log: silentLogger, random: Math.random };
  const scheduler = createScheduler({ ...options, cache: manager.cache });
  const collectors = createCollectors(options);
  await Promise.all([manager.start(), collectors.start()]);
  scheduler.start();
  return {
    client,
    async stop() {
      await Promise.all([scheduler.stop(), collectors.stop(), manager.stop()]);
    },
  };
}

/** Makes a definition, or that of a shared cluster this version's. */
export async function define(client: Client, definition: KubeObject & { readonly spec: unknown }): Promise<void> {
  try {
    await client.create(CustomResourceDefinition, definition);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const ref = { kind: CustomResourceDefinition, name: definition.metadata.name ?? "" };
    await client.patch(ref, { spec: definition.spec }, { type: "merge" });
  }
}

export async function find<T extends KubeObject>(client: Client, ref: ObjectRef): Promise<T | undefined> {
  try {
    return await client.get<T>(ref);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** A Job in the bench's namespace, with the ways to look at it and to play the kubelet for its pods. */
export class JobBench {
  readonly bench: Bench;
  readonly name: string;

  constructor(bench: Bench, name: string) {
    this.bench = bench;
    this.name = name;
  }

  get ref(): ObjectRef {
    return { kind: JobKind, namespace: this.bench.namespace, name: this.name };
  }

  /** Its pods ask for a scheduler that does not exist, so that nothing but the test moves them. */
  async create(spec: Partial<JobSpec>): Promise<Job> {
    const podSpec = {
      restartPolicy: "Never",
      schedulerName: "nobody",
      containers: [{ name: "main", image: "none" }],
    } as const;
    return this.bench.client.create<Job>(JobKind, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: this.name, namespace: this.bench.namespace },
      spec: { ...spec, template: { spec: { ...podSpec, ...spec.template?.spec } } },
    });
  }

  get(): Promise<Job> {
    return this.bench.client.get<Job>(this.ref);
  }

  patch(spec: Partial<JobSpec>): Promise<Job> {
    return this.bench.client.patch<Job>(this.ref, { spec }, { type: "merge" });
  }

  async pods(): Promise<readonly Pod[]> {
    const { client, namespace } = this.bench;
    const labelSelector = `batch.kubernetes.io/job-name=${this.name}`;
    const { items } = await client.list<Pod>(PodKind, { namespace, labelSelector });
    return [...items].sort((one, other) => ((one.metadata.name ?? "") < (other.metadata.name ?? "") ? -1 : 1));
  }

  /** Waits until exactly `count` pods neither ended nor are being deleted. */
  live(count: number): Promise<readonly Pod[]> {
    return eventually(async () => {
      const pods = (await this.pods()).filter(
        ({ metadata, status }) =>
          !metadata.deletionTimestamp && status?.phase !== "Succeeded" && status?.phase !== "Failed",
      );
      return pods.length === count && pods;
    }, `${this.name} has ${count} live pods`);
  }

  /** Waits until the condition is True and returns the Job then. */
  condition(type: string): Promise<Job> {
    return eventually(async () => {
      const job = await this.get();
      return job.status?.conditions?.some((c) => c.type === type && c.status === "True") && job;
    }, `${this.name} is ${type}`);
  }

  /** Waits until the status holds these fields. */
  status(fields: Partial<NonNullable<Job["status"]>>): Promise<Job> {
    return eventually(
      async () => {
        const job = await this.get();
        const status = (job.status ?? {}) as Readonly<Record<string, unknown>>;
        const differs = Object.entries(fields).some(
          ([key, value]) => JSON.stringify(status[key] ?? 0) !== JSON.stringify(value),
        );
        if (differs) throw new Error(`status is ${JSON.stringify(status)}`);
        return job;
      },
      `${this.name} has status ${JSON.stringify(fields)}`,
    );
  }

  async setPod(pod: Pod, status: PodStatus): Promise<void> {
    const { name = "", namespace } = pod.metadata;
    const ref = { kind: PodKind, name, ...(namespace && { namespace }) };
    await this.bench.client.patch(ref, { status }, { type: "merge", subresource: "status" });
  }

  run(pod: Pod): Promise<void> {
    return this.setPod(pod, { phase: "Running", conditions: [{ type: "Ready", status: "True" }] });
  }

  end(pod: Pod, exitCode = 0): Promise<void> {
    const terminated = { exitCode, finishedAt: new Date().toISOString().replace(/\.\d+/, "") };
    const container = { name: "main", image: "", imageID: "", ready: false, restartCount: 0, state: { terminated } };
    return this.setPod(pod, { phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses: [container] });
  }
}

export const indexOf = (pod: Pod): string | undefined =>
  pod.metadata.annotations?.["batch.kubernetes.io/job-completion-index"];
