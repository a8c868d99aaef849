/** Sweeps in simulation, with their experiments and JobSets: whatever fails on the way, every trial is one experiment, and no more run at once than may. */
import { beforeAll, expect } from "vitest";
import { crd as experimentCrd } from "../../src/api/experiment/crd.ts";
import { Experiment as ExperimentKind } from "../../src/api/experiment/kinds.ts";
import { type Experiment, isExperimentFinished } from "../../src/api/experiment/types.ts";
import { crd as jobSetCrd } from "../../src/api/jobset/crd.ts";
import { jobSetNameLabel } from "../../src/api/jobset/labels.ts";
import { crds as rayCrds } from "../../src/api/ray/crd.ts";
import { crd as sweepCrd } from "../../src/api/sweep/crd.ts";
import { Sweep as SweepKind } from "../../src/api/sweep/kinds.ts";
import type { Sweep, SweepSpec } from "../../src/api/sweep/types.ts";
import { createExperimentController } from "../../src/controllers/experiment/controller.ts";
import { createJobSetController } from "../../src/controllers/jobset/controller.ts";
import { createSweepController } from "../../src/controllers/sweep/controller.ts";
import { jobController } from "../../src/local/workloads/job/controller.ts";
import { jobOrphansController } from "../../src/local/workloads/job-orphans/controller.ts";
import { builderOf } from "../../src/testing/simulation/builder.ts";
import { Cluster } from "../../src/testing/simulation/cluster.ts";
import type { Scenario, Step, World } from "../../src/testing/simulation/scenario.ts";
import { explore } from "./explore.ts";

let cluster: Cluster;
beforeAll(async () => {
  // The experiment controller watches RayJobs, too.
  const definitions = [experimentCrd, sweepCrd, jobSetCrd, ...rayCrds];
  cluster = await new Cluster().start({ definitions, builtIn: [jobController, jobOrphansController] });
});

const manifest = `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: pytorch
  image: demo
  command: "python3 main.py"
  types: { worker: { count: 1, resources: { cpus: 1, ramRatio: 2 } } }
`;
const make =
  (spec: Partial<SweepSpec> = {}): Step =>
  (world) => {
    // The most that ever ran at once.
    world.onChange(ExperimentKind, () => {
      const most = world.remember("most", () => ({ active: 0 }));
      const active = world.list<Experiment>(ExperimentKind).filter((one) => !isExperimentFinished(one)).length;
      most.active = Math.max(most.active, active);
    });
    const sweep: Sweep = {
      apiVersion: "windlass.dev/v1alpha1",
      kind: "Sweep",
      metadata: { name: "s" },
      spec: {
        template: { manifest, image: "i" },
        trials: ["1", "2", "3"].map((lr) => ({ parameters: { lr } })),
        parallelism: 2,
        ...spec,
      },
    };
    return world.create(SweepKind, sweep);
  };
const status = (world: World) => world.get<Sweep>(SweepKind, "s").status;
const end =
  (trial: number, exitCode = 0): Step =>
  (world) =>
    world.endPods(world.livePods({ [jobSetNameLabel]: `s-${trial}` }), exitCode);
const has =
  (...names: readonly string[]): Step =>
  (world) =>
    expect(world.names(ExperimentKind)).toEqual(names);

const base = {
  controllers: (world: World) => [
    createSweepController(),
    createExperimentController({ platform: {}, builder: builderOf(world) }),
    createJobSetController(),
  ],
  ignores: /snapshot-\d+/g,
  invariant: (world: World) => {
    const { active } = world.remember("most", () => ({ active: 0 }));
    return active > 2 ? [`${active} experiments ran at once`] : [];
  },
};

const scenarios: readonly Scenario[] = [
  {
    ...base,
    name: "a sweep runs two at once, and one fails",
    steps: [make(), has("s-0", "s-1"), end(1, 1), has("s-0", "s-1", "s-2"), end(0), end(2)],
    check: (world) =>
      expect(status(world)).toMatchObject({
        state: "Failed",
        message: "2 of 3 succeeded, 1 failed",
        started: 3,
        active: 0,
        succeeded: 2,
        failed: 1,
      }),
  },
  {
    ...base,
    name: "the first trial of a sweep builds the image that all run",
    steps: [make({ template: { manifest, sourceDirectory: "/src" } }), has("s-0", "s-1"), end(0), end(1), end(2)],
    check(world) {
      expect(status(world)).toMatchObject({ state: "Succeeded", started: 3, succeeded: 3 });
      expect([...builderOf(world).built.keys()]).toEqual(["s-0"]);
    },
  },
  {
    ...base,
    name: "a sweep is cancelled, and deleted",
    steps: [
      make(),
      (world) => world.patch(SweepKind, "s", { spec: { cancelled: true } }),
      has("s-0", "s-1"),
      (world) => expect(status(world)).toMatchObject({ state: "Cancelled", cancelled: 2, started: 2 }),
      (world) => world.remove(SweepKind, "s"),
    ],
    check: (world) => expect(world.all()).toEqual([]),
  },
];

explore(() => cluster, scenarios);
