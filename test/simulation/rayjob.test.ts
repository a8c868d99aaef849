/** RayJobs in simulation, with their clusters: whatever fails on the way, also in Ray, each attempt is made and submitted once. */
import { beforeAll, expect } from "vitest";
import { Job as JobKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { crds } from "../../src/api/ray/crd.ts";
import { RayCluster as RayClusterKind, RayJob as RayJobKind } from "../../src/api/ray/kinds.ts";
import type { RayJob, RayJobSpec } from "../../src/api/ray/types.ts";
import { createRayClusterController } from "../../src/controllers/raycluster/controller.ts";
import { rayOperatorOptions } from "../../src/controllers/raycluster/options.ts";
import { createRayJobController } from "../../src/controllers/rayjob/controller.ts";
import { jobController } from "../../src/local/workloads/job/controller.ts";
import { jobOrphansController } from "../../src/local/workloads/job-orphans/controller.ts";
import { Cluster } from "../../src/testing/simulation/cluster.ts";
import { rayOf } from "../../src/testing/simulation/ray.ts";
import { type Scenario, type Step, wait, type World } from "../../src/testing/simulation/scenario.ts";
import { explore } from "./explore.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await new Cluster().start({ definitions: crds, builtIn: [jobController, jobOrphansController] });
});

const template = (name: string) => ({ spec: { containers: [{ name, image: "none" }] } });
const submitterPodTemplate = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] } };
const make =
  (spec: Partial<RayJobSpec> = {}) =>
  (world: World) =>
    world.create(RayJobKind, {
      apiVersion: "ray.io/v1",
      kind: "RayJob",
      metadata: { name: "rj" },
      spec: {
        entrypoint: "python main.py",
        rayClusterSpec: {
          rayVersion: "2.53.0",
          headGroupSpec: { template: template("ray-head") },
          workerGroupSpecs: [
            { groupName: "small", replicas: 1, minReplicas: 0, maxReplicas: 5, template: template("ray-worker") },
          ],
        },
        ...(spec.submissionMode !== "HTTPMode" && { submitterPodTemplate, submitterConfig: { backoffLimit: 0 } }),
        ...spec,
      },
    } as RayJob);
const status = (world: World) => world.get<RayJob>(RayJobKind, "rj").status;
const change = (spec: unknown) => (world: World) => world.patch(RayJobKind, "rj", { spec });
const removed = (world: World) => world.remove(RayJobKind, "rj");

/** Ray says that the job of the attempt has ended, or that it runs. */
const says =
  (state: string): Step =>
  (world) => {
    rayOf(world).jobs.set(status(world)?.jobId ?? "", state);
  };
/** The submitter starts the job, and ends with it. */
const submits = says("RUNNING");
const ends =
  (state: "SUCCEEDED" | "FAILED"): Step =>
  async (world) => {
    await says(state)(world);
    await world.endJob("rj", state === "SUCCEEDED" ? 0 : 1);
  };
const is =
  (state: string): Step =>
  (world) =>
    expect(status(world)?.jobDeploymentStatus).toBe(state);

const options = rayOperatorOptions("simulation", {});
const heads = (world: World) =>
  world.livePods({ "ray.io/node-type": "head" }).map(({ metadata }) => metadata.labels?.["ray.io/cluster"] ?? "");

const base = {
  controllers: (world: World) => [
    createRayClusterController({ options }),
    createRayJobController({ options, ray: rayOf(world).factory }),
  ],
  told: (world: World) => [...rayOf(world).submitted, ...rayOf(world).stopped],
  invariant: (world: World) => {
    const at = heads(world);
    return at.filter((name, index) => at.indexOf(name) !== index).map((name) => `${name} has two heads`);
  },
};

const scenarios: readonly Scenario[] = [
  {
    ...base,
    name: "a RayJob succeeds",
    steps: [make(), is("Running"), submits, wait(5), ends("SUCCEEDED")],
    check(world) {
      expect(status(world)).toMatchObject({ jobDeploymentStatus: "Complete", succeeded: 1, failed: 0 });
      expect([world.names(JobKind), world.names(RayClusterKind).length]).toEqual([["rj"], 1]);
    },
  },
  {
    ...base,
    name: "a RayJob fails, and its second attempt on a new cluster succeeds",
    steps: [make({ backoffLimit: 1 }), submits, ends("FAILED"), is("Running"), submits, ends("SUCCEEDED")],
    check(world) {
      expect(status(world)).toMatchObject({ jobDeploymentStatus: "Complete", succeeded: 1, failed: 1 });
      expect(world.names(RayClusterKind)).toEqual([status(world)?.rayClusterName]);
    },
  },
  {
    ...base,
    name: "a RayJob is submitted over HTTP, and succeeds",
    steps: [make({ submissionMode: "HTTPMode" }), says("RUNNING"), wait(5), says("SUCCEEDED"), wait(5)],
    check(world) {
      expect(status(world)).toMatchObject({ jobDeploymentStatus: "Complete", succeeded: 1, failed: 0 });
      expect(rayOf(world).submitted).toEqual([status(world)?.jobId]);
    },
  },
  {
    ...base,
    name: "a RayJob is suspended while it runs, resumed, and succeeds",
    steps: [
      make({ shutdownAfterJobFinishes: true, ttlSecondsAfterFinished: 3600 }),
      submits,
      change({ suspend: true }),
      is("Suspended"),
      (world) => expect([world.livePods(), world.names(RayClusterKind)]).toEqual([[], []]),
      change({ suspend: false }),
      submits,
      ends("SUCCEEDED"),
    ],
    check: (world) => expect(status(world)).toMatchObject({ jobDeploymentStatus: "Complete", succeeded: 1, failed: 0 }),
  },
  {
    ...base,
    name: "the cluster of a RayJob goes some time after its end",
    steps: [
      make({ shutdownAfterJobFinishes: true, ttlSecondsAfterFinished: 30 }),
      submits,
      ends("SUCCEEDED"),
      wait(40),
    ],
    check(world) {
      expect([world.names(RayClusterKind), world.list<Pod>(PodKind, { "ray.io/is-ray-node": "yes" })]).toEqual([
        [],
        [],
      ]);
      expect(status(world)?.jobDeploymentStatus).toBe("Complete");
    },
  },
  {
    ...base,
    name: "a RayJob deletes its workers, its cluster and itself",
    steps: [
      make({
        deletionStrategy: {
          deletionRules: [
            { policy: "DeleteWorkers", condition: { jobStatus: "SUCCEEDED", ttlSeconds: 20 } },
            { policy: "DeleteCluster", condition: { jobStatus: "SUCCEEDED", ttlSeconds: 60 } },
            { policy: "DeleteSelf", condition: { jobStatus: "SUCCEEDED", ttlSeconds: 120 } },
          ],
        },
      }),
      submits,
      ends("SUCCEEDED"),
      wait(30),
      (world) => expect(world.livePods({ "ray.io/is-ray-node": "yes" }).length).toBe(1),
      wait(140),
    ],
    check: (world) => expect(world.all()).toEqual([]),
  },
  {
    ...base,
    name: "a RayJob is deleted while it runs, and stopped in Ray",
    // It is asked to stop the job once, and goes whatever the answer.
    told: (world) => rayOf(world).submitted,
    steps: [make(), submits, wait(5), removed],
    check(world) {
      expect(world.all()).toEqual([]);
      expect(rayOf(world).stopped.size).toBe(1);
    },
  },
];

explore(() => cluster, scenarios);
