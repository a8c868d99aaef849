/** RayClusters in simulation: whatever fails on the way, they come to the same end, with one head and one worker for each place. */
import { beforeAll, expect } from "vitest";
import { Job as JobKind, Pod as PodKind, Secret, Service } from "../../src/api/core/kinds.ts";
import { isPodReady, type Pod } from "../../src/api/core/pod.ts";
import { crds } from "../../src/api/ray/crd.ts";
import { RayCluster as RayClusterKind } from "../../src/api/ray/kinds.ts";
import { labels } from "../../src/api/ray/labels.ts";
import type { RayCluster, RayClusterSpec, WorkerGroupSpec } from "../../src/api/ray/types.ts";
import { createRayClusterController } from "../../src/controllers/raycluster/controller.ts";
import { rayOperatorOptions } from "../../src/controllers/raycluster/options.ts";
import { jobController } from "../../src/local/workloads/job/controller.ts";
import { jobOrphansController } from "../../src/local/workloads/job-orphans/controller.ts";
import { Cluster } from "../../src/testing/simulation/cluster.ts";
import type { Scenario, World } from "../../src/testing/simulation/scenario.ts";
import { explore } from "./explore.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await new Cluster().start({ definitions: crds, builtIn: [jobController, jobOrphansController] });
});

const template = (name: string) => ({ spec: { containers: [{ name, image: "none" }] } });
const group = (groupName: string, more: Partial<WorkerGroupSpec> = {}): WorkerGroupSpec => ({
  groupName,
  replicas: 2,
  minReplicas: 0,
  maxReplicas: 5,
  template: template("ray-worker"),
  ...more,
});
const make =
  (spec: Partial<RayClusterSpec> = {}) =>
  (world: World) =>
    world.create(RayClusterKind, {
      apiVersion: "ray.io/v1",
      kind: "RayCluster",
      metadata: { name: "rc" },
      spec: {
        rayVersion: "2.53.0",
        headGroupSpec: { template: template("ray-head") },
        workerGroupSpecs: [group("small"), group("large", { replicas: 1, numOfHosts: 2 })],
        ...spec,
      },
    } as RayCluster);
const change = (spec: unknown) => (world: World) => world.patch(RayClusterKind, "rc", { spec });
const status = (world: World) => world.get<RayCluster>(RayClusterKind, "rc").status;
const delete_ = (world: World) => world.remove(RayClusterKind, "rc");

/** Where the live pods are: `head`, and workers by group, index and host. */
const places = (world: World): readonly string[] =>
  world
    .livePods()
    .filter(({ metadata }) => ["head", "worker"].includes(metadata.labels?.[labels.nodeType] ?? ""))
    .map(({ metadata: { labels: of = {} } }) => {
      const place = [of[labels.group], of["ray.io/worker-group-replica-index"], of["ray.io/replica-host-index"]];
      return of[labels.nodeType] === "head" ? "head" : place.filter(Boolean).join("/");
    })
    .toSorted();
const podAt = (world: World, place: string): Pod => {
  const at = places(world);
  const found = world
    .list<Pod>(PodKind)
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .find(({ metadata: { labels: of = {} } }) =>
      place === "head"
        ? of[labels.nodeType] === "head"
        : place.startsWith(of[labels.group] ?? "?") && place.split("/")[1] === of["ray.io/worker-group-replica-index"],
    );
  if (!found) throw new Error(`there is no ${place} among ${at.join(", ")}`);
  return found;
};
const fail = (place: string) => (world: World) => world.endPods([podAt(world, place)], 1);

const all = ["head", "large/0/0", "large/0/1", "small/0", "small/1"];
const options = rayOperatorOptions("simulation", {});
const base = {
  controllers: () => [createRayClusterController({ options })],
  // A replica of several hosts that was made in part only is made anew.
  remakes: /^pods\/rc-large-worker-/,
  invariant: (world: World) => {
    const at = places(world);
    return at.filter((place, index) => at.indexOf(place) !== index).map((place) => `${place} twice`);
  },
};
const redis = { gcsFaultToleranceOptions: { redisAddress: "redis:6379" } };

const scenarios: readonly Scenario[] = [
  {
    ...base,
    name: "a RayCluster starts a head and two groups",
    steps: [make()],
    check(world) {
      expect(places(world)).toEqual(all);
      expect(world.livePods().every(isPodReady)).toBe(true);
      expect(status(world)).toMatchObject({ state: "ready", readyWorkerReplicas: 4 });
      expect(world.names(Service)).toEqual(["rc-head-svc", "rc-headless"]);
    },
  },
  {
    ...base,
    name: "a head, a worker and a host fail and are replaced",
    // Which place a replica takes depends on whether the one before has gone.
    ignores: /"ray.io\/worker-group-replica-index": "[01]"/g,
    steps: [make(), fail("small/1"), fail("large/0"), fail("head")],
    check(world) {
      // A place is free again once its pod is gone: the replica that is made at once takes the next.
      expect(places(world)).toEqual(["head", "large/1/0", "large/1/1", "small/0", "small/1"]);
      expect(status(world)?.state).toBe("ready");
    },
  },
  {
    ...base,
    name: "the autoscaler takes a worker and a replica away",
    steps: [
      make(),
      (world) => {
        const [worker, host] = ["small/0", "large/0"].map((place) => podAt(world, place).metadata.name ?? "");
        const workersToDelete = [worker];
        return change({
          workerGroupSpecs: [
            group("small", { replicas: 1, scaleStrategy: { workersToDelete } as never }),
            group("large", { replicas: 0, numOfHosts: 2, scaleStrategy: { workersToDelete: [host] } as never }),
          ],
        })(world);
      },
    ],
    check(world) {
      expect(places(world)).toEqual(["head", "small/1"]);
      expect(status(world)?.desiredWorkerReplicas).toBe(1);
    },
  },
  {
    ...base,
    name: "a RayCluster is suspended and resumed",
    steps: [
      make(),
      change({ suspend: true }),
      (world) => expect([places(world), status(world)?.state]).toEqual([[], "suspended"]),
      change({ suspend: false }),
    ],
    check: (world) => expect([places(world), status(world)?.state]).toEqual([all, "ready"]),
  },
  {
    ...base,
    name: "a RayCluster is deleted, and its part of Redis emptied",
    steps: [
      make({ ...redis, workerGroupSpecs: [group("small")] }),
      delete_,
      (world) => expect([places(world), world.names(JobKind)]).toEqual([[], ["rc-redis-cleanup"]]),
      (world) => world.endJob("rc-redis-cleanup"),
    ],
    check: (world) => expect(world.all()).toEqual([]),
  },
  {
    ...base,
    name: "a RayCluster gets its token, and goes with everything it made",
    steps: [
      make({ authOptions: { mode: "token" }, workerGroupSpecs: [group("small", { replicas: 1 })] }),
      (world) => expect(world.names(Secret)).toEqual(["rc"]),
      delete_,
    ],
    check: (world) => expect(world.all()).toEqual([]),
  },
  {
    ...base,
    name: "a RayCluster with an autoscaler gets its rights",
    steps: [make({ enableInTreeAutoscaling: true, workerGroupSpecs: [group("small", { replicas: 1 })] })],
    check: (world) => expect(places(world)).toEqual(["head", "small/0"]),
  },
];

explore(() => cluster, scenarios);
