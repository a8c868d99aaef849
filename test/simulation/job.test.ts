/** The local cluster's own Jobs in simulation: whatever fails on the way, every pod is made once for its index and counted once. */
import { beforeAll, expect } from "vitest";
import type { Job, JobSpec } from "../../src/api/batch/job.ts";
import { Job as JobKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { jobController } from "../../src/local/workloads/job/controller.ts";
import { jobOrphansController } from "../../src/local/workloads/job-orphans/controller.ts";
import { ttlController } from "../../src/local/workloads/ttl/controller.ts";
import { Cluster } from "../../src/testing/simulation/cluster.ts";
import { type Scenario, type Step, wait, type World } from "../../src/testing/simulation/scenario.ts";
import { explore } from "./explore.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await new Cluster().start({});
});

const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] } } as const;
const make =
  (spec: Partial<JobSpec>): Step =>
  (world) =>
    world.create(JobKind, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "j" },
      spec: { template, ...spec },
    } as Job);
const status = (world: World) => world.get<Job>(JobKind, "j").status;
const endAll =
  (exitCode = 0): Step =>
  (world) =>
    world.endPods(world.livePods(), exitCode);
const endOne =
  (exitCode = 0): Step =>
  (world) =>
    world.endPods(world.livePods().slice(0, 1), exitCode);
const change =
  (spec: Partial<JobSpec>): Step =>
  (world) =>
    world.patch(JobKind, "j", { spec });
const indexOf = ({ metadata }: Pod) => metadata.annotations?.["batch.kubernetes.io/job-completion-index"];

const base = {
  controllers: () => [jobController, jobOrphansController, ttlController],
  invariant: (world: World) => {
    const at = world.livePods().map(indexOf);
    const tracked = world
      .list<Pod>(PodKind)
      .filter(({ status: of, metadata }) => of?.phase !== "Running" && metadata.finalizers?.length);
    return [
      ...at.filter((index, place) => index && at.indexOf(index) !== place).map((index) => `two pods of index ${index}`),
      ...tracked.map(({ metadata }) => `${metadata.name} is still tracked`),
    ];
  },
};

const scenarios: readonly Scenario[] = [
  {
    ...base,
    name: "a Job runs three pods, two at once",
    steps: [make({ completions: 3, parallelism: 2 }), endAll(), endAll()],
    check: (world) => expect(status(world)).toMatchObject({ succeeded: 3, conditions: [{}, { type: "Complete" }] }),
  },
  {
    ...base,
    name: "a pod of a Job fails, and another takes its index",
    steps: [
      make({ completions: 2, parallelism: 2, completionMode: "Indexed", backoffLimit: 2 }),
      endOne(1),
      wait(15),
      endAll(),
    ],
    check: (world) => expect(status(world)).toMatchObject({ succeeded: 2, failed: 1, completedIndexes: "0,1" }),
  },
  {
    ...base,
    name: "a Job fails, and goes some time after",
    steps: [
      make({ backoffLimit: 0, completions: 2, parallelism: 2, ttlSecondsAfterFinished: 20 }),
      endOne(1),
      wait(30),
    ],
    check: (world) => expect(world.all()).toEqual([]),
  },
  {
    ...base,
    name: "a Job is suspended and resumed",
    steps: [make({ completions: 2, parallelism: 2 }), change({ suspend: true }), change({ suspend: false }), endAll()],
    check: (world) => expect(status(world)).toMatchObject({ succeeded: 2 }),
  },
];

explore(() => cluster, scenarios);
