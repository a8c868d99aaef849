/** Experiments in simulation, down to their pods: whatever fails on the way, one workload is submitted, of one snapshot, and followed to its end. */
import { beforeAll, expect } from "vitest";
import { crd as experimentCrd } from "../../src/api/experiment/crd.ts";
import { Experiment as ExperimentKind } from "../../src/api/experiment/kinds.ts";
import type { Experiment, ExperimentSpec } from "../../src/api/experiment/types.ts";
import { crd as jobSetCrd } from "../../src/api/jobset/crd.ts";
import { JobSet as JobSetKind } from "../../src/api/jobset/kinds.ts";
import { crds as rayCrds } from "../../src/api/ray/crd.ts";
import { RayJob as RayJobKind } from "../../src/api/ray/kinds.ts";
import type { RayJob } from "../../src/api/ray/types.ts";
import { createExperimentController } from "../../src/controllers/experiment/controller.ts";
import { createJobSetController } from "../../src/controllers/jobset/controller.ts";
import { createRayClusterController } from "../../src/controllers/raycluster/controller.ts";
import { rayOperatorOptions } from "../../src/controllers/raycluster/options.ts";
import { createRayJobController } from "../../src/controllers/rayjob/controller.ts";
import { jobController } from "../../src/local/workloads/job/controller.ts";
import { jobOrphansController } from "../../src/local/workloads/job-orphans/controller.ts";
import { builderOf, podReaderOf } from "../../src/testing/simulation/builder.ts";
import { Cluster } from "../../src/testing/simulation/cluster.ts";
import { rayOf } from "../../src/testing/simulation/ray.ts";
import { type Scenario, type Step, wait, type World } from "../../src/testing/simulation/scenario.ts";
import { explore } from "./explore.ts";

let cluster: Cluster;
beforeAll(async () => {
  const definitions = [experimentCrd, jobSetCrd, ...rayCrds];
  cluster = await new Cluster().start({ definitions, builtIn: [jobController, jobOrphansController] });
});

const manifest = (operator: string, types: string, more = "") => `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: ${operator}
  image: demo
  command: "python3 main.py"
  ${more}
  types: ${types}
`;
const resources = "{ cpus: 1, ramRatio: 2 }";
const pytorch = manifest("pytorch", `{ worker: { count: 2, resources: ${resources} } }`);
const kuberay = manifest("kuberay", `{ Head: { resources: ${resources} }, Workers: [] }`, `rayVersion: "2.60.0"`);
const make = (spec: Partial<ExperimentSpec>) => (world: World) =>
  world.create(ExperimentKind, {
    apiVersion: "windlass.dev/v1alpha1",
    kind: "Experiment",
    metadata: { name: "e" },
    spec: { manifest: pytorch, ...spec },
  } as Experiment);
const status = (world: World) => world.get<Experiment>(ExperimentKind, "e").status;
const cancel: Step = (world) => world.patch(ExperimentKind, "e", { spec: { cancelled: true } });
const endAll =
  (exitCode = 0): Step =>
  (world) =>
    world.endPods(world.livePods(), exitCode);
const runs: Step = (world) => expect(status(world)).toMatchObject({ state: "Processing", step: "Running" });
const rayJob = (world: World) => world.list<RayJob>(RayJobKind)[0];
const raySays =
  (state: string): Step =>
  (world) => {
    rayOf(world).jobs.set(rayJob(world)?.status?.jobId ?? "", state);
  };
const submitterEnds =
  (exitCode: number): Step =>
  (world) =>
    world.endJob(rayJob(world)?.metadata.name ?? "", exitCode);

const options = rayOperatorOptions("simulation", {});
const ray = (world: World) => [
  createRayClusterController({ options }),
  createRayJobController({ options, ray: rayOf(world).factory }),
];
const experiment = (world: World) =>
  createExperimentController({ platform: {}, builder: builderOf(world), pods: podReaderOf(world) });

const base = {
  controllers: (world: World) => [experiment(world), createJobSetController()],
  // A snapshot whose answer was lost, or that the status had not when the process ended, is nobody's.
  ignores: /snapshot-\d+/g,
  invariant: (world: World) =>
    [...builderOf(world).built]
      .filter(([, snapshots]) => new Set(snapshots).size > 1)
      .map(([name, snapshots]) => `${name} was built of ${snapshots.join(", ")}`),
};

const scenarios: readonly Scenario[] = [
  {
    ...base,
    name: "an experiment is built, runs as a JobSet, and succeeds",
    steps: [make({ sourceDirectory: "/src" }), runs, endAll()],
    check(world) {
      expect(status(world)).toMatchObject({ state: "Succeeded", image: "image-of-snapshot-1" });
      expect(world.names(JobSetKind).length).toBe(1);
    },
  },
  {
    ...base,
    name: "an experiment fails, and says which pod and why",
    steps: [make({ image: "i" }), runs, (world) => world.endPods(world.livePods().slice(1), 3)],
    check: (world) => expect(status(world)).toMatchObject({ state: "Failed" }),
  },
  {
    ...base,
    name: "the build of an experiment fails",
    steps: [
      (world) => {
        builderOf(world).fails = true;
      },
      make({ sourceDirectory: "/src" }),
    ],
    check(world) {
      expect(status(world)).toMatchObject({ state: "Failed", reason: "BuildFailed" });
      expect(world.names(JobSetKind)).toEqual([]);
    },
  },
  {
    ...base,
    name: "an experiment is cancelled while it runs",
    steps: [make({ image: "i" }), cancel],
    check(world) {
      expect(status(world)).toMatchObject({ state: "Cancelled" });
      expect(world.livePods()).toEqual([]);
    },
  },
  {
    ...base,
    controllers: (world) => [experiment(world), ...ray(world)],
    name: "an experiment runs as a RayJob, and succeeds",
    steps: [
      make({ image: "i", manifest: kuberay }),
      raySays("RUNNING"),
      wait(5),
      runs,
      raySays("SUCCEEDED"),
      submitterEnds(0),
    ],
    check: (world) => expect(status(world)).toMatchObject({ state: "Succeeded" }),
  },
  {
    ...base,
    controllers: (world) => [experiment(world), ...ray(world)],
    name: "an experiment that runs as a RayJob is cancelled, and deleted",
    steps: [
      make({ image: "i", manifest: kuberay }),
      raySays("RUNNING"),
      wait(5),
      cancel,
      (world) => expect([status(world)?.state, world.livePods()]).toEqual(["Cancelled", []]),
      (world) => world.remove(ExperimentKind, "e"),
    ],
    check: (world) => expect(world.all()).toEqual([]),
  },
];

explore(() => cluster, scenarios);
