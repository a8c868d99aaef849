/** Where the tests of RayJobs run: the bench of workloads with Ray's controllers in it, and a Ray that says what a test wants. */
import type { Job } from "../../src/api/batch/job.ts";
import { Event, Job as JobKind } from "../../src/api/core/kinds.ts";
import type { ObjectMeta } from "../../src/meta/object.ts";
import { RayJob as RayJobKind } from "../../src/api/ray/kinds.ts";
import type { RayJob, RayJobSpec } from "../../src/api/ray/types.ts";
import { createRayClusterController } from "../../src/controllers/raycluster/controller.ts";
import { rayOperatorOptions } from "../../src/controllers/raycluster/options.ts";
import { createRayJobController } from "../../src/controllers/rayjob/controller.ts";
import { createClient } from "../../src/kube/create-client.ts";
import type { SubmitRequest } from "../../src/api/ray/jobs-api.ts";
import type { RayClient, RayClientFactory } from "../../src/ray/client.ts";
import { createManager } from "../../src/runtime/manager.ts";
import { type CountingTransport, countingTransport } from "../../src/testing/counting-transport.ts";
import { assertDeclared, declaredTransport } from "../../src/testing/declared-transport.ts";
import { installRay, spec as clusterSpec, Subject } from "./ray-cluster-bench.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, find, JobBench, startBench } from "./workloads-bench.ts";

/** The Ray of every cluster: jobs by id, and addresses that never answer. */
export class FakeRay {
  readonly jobs = new Map<string, string>();
  readonly submitted: SubmitRequest[] = [];
  readonly stopped: string[] = [];
  readonly silent = new Set<string>();

  readonly factory: RayClientFactory = ({ service }): RayClient => ({
    clusterStatus: async () => "Pending Demands:\n (no resource demands)",
    jobInfo: async (id, signal) => {
      if (this.silent.has(service)) await this.#never(signal);
      const status = this.jobs.get(id);
      return status === undefined ? undefined : { status, message: `it is ${status}` };
    },
    submit: async (request) => {
      this.submitted.push(request);
      this.jobs.set(request.submission_id, "PENDING");
    },
    stop: async (id) => {
      this.stopped.push(id);
    },
  });

  /** Pends until the caller gives up. */
  #never(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("given up"))));
  }
}

export interface RayJobBench extends Bench {
  /** What our controllers have asked of the API server. */
  readonly asked: CountingTransport;
  readonly ray: FakeRay;
}

export async function startRayJobBench(name: string): Promise<RayJobBench> {
  const bench = await startBench(name);
  await installRay(bench.client);
  const options = rayOperatorOptions("conformance", {});
  const ray = new FakeRay();
  const controllers = [createRayClusterController({ options }), createRayJobController({ options, ray: ray.factory })];
  const declared = declaredTransport(bench.client.transport, controllers);
  const asked = countingTransport(declared);
  const client = createClient(asked, { fieldManager: "windlass" });
  const manager = createManager({ client, namespace: bench.namespace, trims: true }, controllers);
  await manager.start();
  return {
    ...bench,
    asked,
    ray,
    async stop() {
      await manager.stop();
      await bench.stop();
      assertDeclared(declared);
    },
  };
}

/** The submitter's pod, which nothing but the test moves. */
const submitterPodTemplate = {
  spec: { restartPolicy: "Never", schedulerName: "nobody", containers: [{ name: "main", image: "none" }] },
} as const;

/** One RayJob in the bench's namespace. */
export class JobSubject {
  readonly bench: RayJobBench;
  readonly name: string;

  constructor(bench: RayJobBench, name: string) {
    this.bench = bench;
    this.name = name;
  }

  get ref() {
    return { kind: RayJobKind, namespace: this.bench.namespace, name: this.name };
  }

  create(spec: Partial<RayJobSpec> = {}, metadata: ObjectMeta = {}): Promise<RayJob> {
    const sidecar = spec.submissionMode === "SidecarMode";
    return this.bench.client.create<RayJob>(RayJobKind, {
      apiVersion: "ray.io/v1",
      kind: "RayJob",
      metadata: { name: this.name, namespace: this.bench.namespace, ...metadata },
      spec: {
        entrypoint: "python main.py",
        rayClusterSpec: clusterSpec(),
        ...(!sidecar && { submitterPodTemplate, submitterConfig: { backoffLimit: 0 } }),
        ...spec,
      },
    });
  }

  get(): Promise<RayJob | undefined> {
    return find<RayJob>(this.bench.client, this.ref);
  }

  patch(spec: unknown): Promise<RayJob> {
    return this.bench.client.patch<RayJob>(this.ref, { spec }, { type: "merge" });
  }

  /** Waits until the RayJob is as `check` wants it. */
  until(what: string, check: (job: RayJob) => boolean): Promise<RayJob> {
    return eventually(async () => {
      const job = await this.get();
      if (job && check(job)) return job;
      throw new Error(`it is ${JSON.stringify(job?.status)}`);
    }, `${this.name} ${what}`);
  }

  is(state: string): Promise<RayJob> {
    return this.until(`is ${state}`, ({ status }) => status?.jobDeploymentStatus === state);
  }

  async isGone(): Promise<void> {
    await eventually(async () => (await this.get()) === undefined, `${this.name} is gone`);
  }

  /** The cluster of the attempt under way, once there is one. */
  async cluster(after?: string): Promise<Subject> {
    const isNext = ({ status }: RayJob) => Boolean(status?.rayClusterName) && status?.rayClusterName !== after;
    const { status } = await this.until("has a cluster", isNext);
    const subject = new Subject(this.bench, status?.rayClusterName ?? "");
    await eventually(() => subject.get(), `${subject.name} is there`);
    return subject;
  }

  /** Brings the cluster of the attempt up; answers the job when its status says that it runs. */
  async runs(after?: string): Promise<RayJob> {
    const cluster = await this.cluster(after);
    await cluster.has("head", "0", "1");
    await cluster.run();
    return this.is("Running");
  }

  says(job: RayJob, status: string): void {
    this.bench.ray.jobs.set(job.status?.jobId ?? "", status);
  }

  submitter(): Promise<Job | undefined> {
    return find<Job>(this.bench.client, { kind: JobKind, namespace: this.bench.namespace, name: this.name });
  }

  /** Ends the submitter's pod. */
  async endSubmitter(exitCode = 0): Promise<void> {
    const bench = new JobBench(this.bench, this.name);
    const [pod] = await bench.live(1);
    if (pod) await bench.end(pod, exitCode);
  }

  /** Waits until an event with this reason was published about the RayJob. */
  async told(reason: string): Promise<void> {
    await eventually(async () => {
      const { items } = await this.bench.client.list(Event, { namespace: this.bench.namespace });
      return items.some(
        (event) => event["reason"] === reason && (event["regarding"] as { name?: string }).name === this.name,
      );
    }, `${this.name} has told ${reason}`);
  }
}
