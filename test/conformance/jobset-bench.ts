/** Where the tests of JobSets run: the bench of workloads with our controller of JobSets in it, and ways to play the pods. */
import type { Job } from "../../src/api/batch/job.ts";
import { CustomResourceDefinition, Job as JobKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { jobSetCrd } from "../../src/api/jobset/crd.ts";
import type { JobSetGates } from "../../src/api/jobset/crd-rules.ts";
import { JobSet as JobSetKind } from "../../src/api/jobset/kinds.ts";
import { jobSetNameLabel } from "../../src/api/jobset/labels.ts";
import type { JobSet, JobSetSpec, ReplicatedJob } from "../../src/api/jobset/types.ts";
import type { ObjectMeta } from "../../src/meta/object.ts";
import { createJobSetController } from "../../src/controllers/jobset/controller.ts";
import type { Client } from "../../src/kube/client.ts";
import { createClient } from "../../src/kube/create-client.ts";
import { isAlreadyExists } from "../../src/kube/errors.ts";
import { createManager } from "../../src/runtime/manager.ts";
import { type CountingTransport, countingTransport } from "../../src/testing/counting-transport.ts";
import { assertDeclared, declaredTransport } from "../../src/testing/declared-transport.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, find, JobBench, startBench } from "./workloads-bench.ts";

/** Every gate on: the definition that accepts what any of the tests sends. */
const definition = jobSetCrd({ inPlaceRestart: true, restartJob: true, elasticJobSet: true });

async function install(client: Client): Promise<void> {
  try {
    await client.create(CustomResourceDefinition, definition);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const ref = { kind: CustomResourceDefinition, name: definition.metadata.name };
    await client.patch(ref, { spec: definition.spec }, { type: "merge" });
  }
  await eventually(async () => (await client.list(JobSetKind)).items !== undefined, "JobSets are served");
}

export interface JobSetBench extends Bench {
  /** What our controller has asked of the API server. */
  readonly asked: CountingTransport;
}

export async function startJobSetBench(name: string, gates: JobSetGates = {}): Promise<JobSetBench> {
  const bench = await startBench(name);
  await install(bench.client);
  const controller = createJobSetController({ gates });
  const declared = declaredTransport(bench.client.transport, [controller]);
  const asked = countingTransport(declared);
  const client = createClient(asked, { fieldManager: "windlass" });
  const manager = createManager({ client, namespace: bench.namespace }, [controller]);
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

/** A replicated job whose pods nothing but the test moves. */
export function replicatedJob(
  name: string,
  more: Partial<Omit<ReplicatedJob, "template">> = {},
  job: object = {},
): ReplicatedJob {
  const spec = {
    restartPolicy: "Never",
    schedulerName: "nobody",
    containers: [{ name: "main", image: "none" }],
  } as const;
  return {
    name,
    ...more,
    template: { spec: { parallelism: 1, completions: 1, backoffLimit: 0, template: { spec }, ...job } },
  };
}

/** One JobSet in the bench's namespace. */
export class Subject {
  readonly bench: JobSetBench;
  readonly name: string;

  constructor(bench: JobSetBench, name: string) {
    this.bench = bench;
    this.name = name;
  }

  get ref() {
    return { kind: JobSetKind, namespace: this.bench.namespace, name: this.name };
  }

  create(spec: JobSetSpec, metadata: ObjectMeta = {}): Promise<JobSet> {
    return this.bench.client.create<JobSet>(JobSetKind, {
      apiVersion: "jobset.x-k8s.io/v1alpha2",
      kind: "JobSet",
      metadata: { name: this.name, namespace: this.bench.namespace, ...metadata },
      spec,
    });
  }

  get(): Promise<JobSet | undefined> {
    return find<JobSet>(this.bench.client, this.ref);
  }

  patch(patch: unknown, type: "merge" | "json" = "merge"): Promise<JobSet> {
    return this.bench.client.patch<JobSet>(this.ref, patch, { type });
  }

  async jobs(): Promise<readonly Job[]> {
    const labelSelector = `${jobSetNameLabel}=${this.name}`;
    const { items } = await this.bench.client.list<Job>(JobKind, { namespace: this.bench.namespace, labelSelector });
    return [...items].sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
  }

  /** The ends of the Jobs' names. */
  async jobNames(): Promise<readonly string[]> {
    return (await this.jobs()).map((job) => this.#nameOf(job));
  }

  #nameOf({ metadata }: Job): string {
    return metadata.name?.slice(this.name.length + 1) ?? "";
  }

  /** Waits until these Jobs, by the ends of their names, are all there is, and none is being deleted. */
  hasJobs(...names: readonly string[]): Promise<readonly Job[]> {
    return eventually(async () => {
      const jobs = await this.jobs();
      const found = jobs.map((job) => this.#nameOf(job));
      const settled = jobs.every(({ metadata }) => !metadata.deletionTimestamp);
      if (!settled || found.join() !== names.join()) throw new Error(`there are ${found.join()}`);
      return jobs;
    }, `${this.name} has the Jobs ${names.join()}`);
  }

  async pods(job: string): Promise<readonly Pod[]> {
    return new JobBench(this.bench, `${this.name}-${job}`).live(1);
  }

  async run(job: string): Promise<void> {
    const bench = new JobBench(this.bench, `${this.name}-${job}`);
    for (const pod of await bench.live(1)) await bench.run(pod);
  }

  /** Ends the one pod of a Job. */
  async end(job: string, exitCode = 0): Promise<void> {
    const bench = new JobBench(this.bench, `${this.name}-${job}`);
    for (const pod of await bench.live(1)) await bench.end(pod, exitCode);
  }

  /** Deletes the pods of Jobs that are going: without a node nobody else ends their grace period. */
  async reap(): Promise<void> {
    const { client, namespace } = this.bench;
    const { items } = await client.list<Pod>(PodKind, { namespace, labelSelector: `${jobSetNameLabel}=${this.name}` });
    for (const { metadata } of items) {
      if (!metadata.deletionTimestamp) continue;
      await client.delete({ kind: PodKind, namespace, name: metadata.name ?? "" }, { gracePeriodSeconds: 0 });
    }
  }

  /** Waits until the JobSet is as `check` wants it. */
  until(what: string, check: (jobSet: JobSet) => boolean): Promise<JobSet> {
    return eventually(async () => {
      const jobSet = await this.get();
      if (jobSet && check(jobSet)) return jobSet;
      throw new Error(`it is ${JSON.stringify(jobSet?.status)}`);
    }, `${this.name} ${what}`);
  }

  /** Waits for the condition and answers its reason. */
  async reason(type: string, status = "True"): Promise<string | undefined> {
    const of = ({ status: { conditions } = {} }: JobSet) =>
      conditions?.find((c) => c.type === type && c.status === status);
    return of(await this.until(`is ${type}=${status}`, (jobSet) => of(jobSet) !== undefined))?.reason;
  }

  /** Waits until the counters of a replicated job are these; those not named are 0. */
  counts(name: string, counts: Readonly<Record<string, number>>): Promise<JobSet> {
    const wanted = { name, ready: 0, succeeded: 0, failed: 0, active: 0, suspended: 0, ...counts };
    return this.until(`counts ${JSON.stringify(wanted)}`, ({ status }) => {
      const entry = status?.replicatedJobsStatus?.find((other) => other.name === name) as
        | Record<string, unknown>
        | undefined;
      return entry !== undefined && Object.entries(wanted).every(([key, value]) => entry[key] === value);
    });
  }
}
