/** RayCronJobs in simulation: whatever fails on the way, each run is one RayJob, and they come to the same end. */
import { beforeAll, expect } from "vitest";
import { crds } from "../../src/api/ray/crd.ts";
import { RayCronJob as RayCronJobKind, RayJob as RayJobKind } from "../../src/api/ray/kinds.ts";
import type { RayCronJob, RayCronJobSpec, RayJob } from "../../src/api/ray/types.ts";
import { rayOperatorOptions } from "../../src/controllers/raycluster/options.ts";
import { createRayCronJobController } from "../../src/controllers/raycronjob/controller.ts";
import { Cluster } from "../../src/testing/simulation/cluster.ts";
import { type Scenario, wait, type World } from "../../src/testing/simulation/scenario.ts";
import { explore } from "./explore.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await new Cluster().start({ definitions: crds });
});

const options = rayOperatorOptions("simulation", {});
const base = { controllers: () => [createRayCronJobController({ options, timeZone: "UTC" })] };

const make =
  (spec: Partial<RayCronJobSpec> = {}) =>
  (world: World) =>
    world.create(RayCronJobKind, {
      apiVersion: "ray.io/v1",
      kind: "RayCronJob",
      metadata: { name: "often" },
      spec: { schedule: "@every 10m", jobTemplate: { clusterSelector: { "ray.io/cluster": "nowhere" } }, ...spec },
    } as RayCronJob);
const patch = (spec: Partial<RayCronJobSpec>) => (world: World) => world.patch(RayCronJobKind, "often", { spec });
const runs = (world: World) => world.list<RayJob>(RayJobKind);
/** Ends the RayJobs that have not ended. */
const end =
  (jobDeploymentStatus: string) =>
  async (world: World): Promise<void> => {
    for (const { metadata, status } of runs(world))
      if (!status?.jobDeploymentStatus)
        await world.patch(RayJobKind, metadata.name ?? "", { status: { jobDeploymentStatus } }, "status");
  };
const status = (world: World) => world.get<RayCronJob>(RayCronJobKind, "often").status;
/** To the next run, and a little longer than an operator is away. */
const next = wait(605);

const scenarios: readonly Scenario[] = [
  {
    ...base,
    name: "two runs are two RayJobs",
    steps: [make(), next, next],
    check(world) {
      expect(runs(world)).toHaveLength(2);
      expect(status(world)?.reason).toBeUndefined();
    },
  },
  {
    ...base,
    name: "a run waits for the one before (Forbid)",
    steps: [
      make({ concurrencyPolicy: "Forbid" }),
      next,
      next,
      (world) => expect(status(world)?.reason).toBe("JobAlreadyActive"),
      end("Complete"),
    ],
    check(world) {
      expect(runs(world)).toHaveLength(2);
      expect(status(world)?.reason).toBeUndefined();
    },
  },
  {
    ...base,
    name: "a run replaces the one before (Replace)",
    steps: [make({ concurrencyPolicy: "Replace" }), next, next, next],
    check: (world) => expect(runs(world)).toHaveLength(1),
  },
  {
    ...base,
    name: "of those that have ended, the last is kept",
    steps: [
      make({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }),
      next,
      end("Complete"),
      next,
      end("Complete"),
      next,
      end("Failed"),
    ],
    check: (world) => expect(runs(world).map((job) => job.status?.jobDeploymentStatus)).toEqual(["Complete"]),
  },
  {
    ...base,
    name: "of the runs that were missed while it was suspended, the last is started",
    steps: [make({ suspend: true }), wait(3000), patch({ suspend: false })],
    check: (world) => expect(runs(world)).toHaveLength(1),
  },
  {
    ...base,
    name: "it is deleted with its RayJobs",
    steps: [make(), next, (world) => world.remove(RayCronJobKind, "often")],
    check: (world) => expect(world.all()).toEqual([]),
  },
];

explore(() => cluster, scenarios);
