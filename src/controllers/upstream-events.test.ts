/**
 * The events of the upstream controllers that these controllers emit, once: type, action and reason, which clients select by.
 * (The sentences are in the table of each controller's events.test.ts.)
 */
import { describe, expect, test } from "vitest";
import type { RayCluster, RayCronJob } from "../api/ray/types.ts";
import { failureOf, type Noun, successOf, type Verb } from "../runtime/noun.ts";
import type { EventRecord } from "../runtime/event-record.ts";
import * as jobSet from "./jobset/events.ts";
import * as rayCronJob from "./raycronjob/events.ts";
import * as rayCluster from "./raycluster/events.ts";
import * as rayJob from "./rayjob/events.ts";

const metadata = { namespace: "ns", name: "c" };
const cluster: RayCluster = {
  apiVersion: "ray.io/v1",
  kind: "RayCluster",
  metadata,
  spec: { headGroupSpec: { template: { spec: { containers: [] } } } },
};

const cronJob: RayCronJob = {
  apiVersion: "ray.io/v1",
  kind: "RayCronJob",
  metadata,
  spec: { schedule: "@daily", jobTemplate: {} },
};

/** Each verb that the controllers use with the noun. */
const writes: readonly (readonly [noun: Noun, ...verbs: Verb[]])[] = [
  [rayCluster.headPod, "Create", "Delete"],
  [rayCluster.workerPod, "Create", "Delete"],
  [rayCluster.groupPods, "Delete"],
  [rayCluster.allPods, "Delete"],
  [rayCluster.service, "Create"],
  [rayCluster.serviceAccount, "Create"],
  [rayCluster.role, "Create"],
  [rayCluster.roleBinding, "Create"],
  [rayCluster.ingress, "Create", "Update"],
  [rayCluster.cleanupJob, "Create"],
  [rayJob.rayCluster, "Create", "Update", "Delete"],
  [rayJob.submitterJob, "Create", "Delete"],
  [rayJob.headService, "Create", "Update"],
];

const ofWrites = writes.flatMap(([noun, ...verbs]) =>
  verbs.flatMap((verb) => [successOf(noun, verb, metadata), failureOf(noun, verb, metadata)]),
);

const told: readonly (EventRecord | undefined)[] = [
  ...ofWrites,
  rayCluster.accountNotFound(cluster, "a"),
  rayCluster.forceDeleted(cluster),
  rayCluster.missingServePort(cluster, "s"),
  rayCluster.foreignIngress("i"),
  ...(["InvalidRayClusterMetadata", "InvalidRayClusterSpec", "InvalidRayClusterStatus"] as const).map((reason) =>
    rayCluster.invalid(cluster, reason, "t"),
  ),
  rayJob.clusterNotFound("n"),
  rayJob.foreignService("n"),
  ...(["InvalidRayJobMetadata", "InvalidRayJobSpec", "InvalidRayJobStatus"] as const).map((reason) =>
    rayJob.brokenRule(reason, "n", "t"),
  ),
  ...(["ValidationFailed", "Suspended"] as const).map((reason) => rayCronJob.halted(cronJob, { reason, message: "t" })),
];

/** `Created`, `Updated` and `Deleted` with `FailedTo…`, for writes of the kinds that follow. */
const pairs: readonly (readonly [verb: Verb, ...objects: string[]])[] = [
  [
    "Create",
    "HeadPod",
    "WorkerPod",
    "RedisCleanupJob",
    "Service",
    "Ingress",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "RayJobSubmitter",
    "RayCluster",
  ],
  ["Update", "Service", "Ingress", "RayCluster"],
  ["Delete", "HeadPod", "WorkerPod", "RayJobSubmitter", "RayCluster"],
];

const upstream: readonly string[] = [
  ...pairs.flatMap(([verb, ...objects]) =>
    objects.flatMap((object) => [`Normal ${verb} ${verb}d${object}`, `Warning ${verb} FailedTo${verb}${object}`]),
  ),
  "Normal Delete DeletedPod",
  "Warning Delete FailedToDeletePodCollection",
  "Warning Delete FailedToDeleteWorkerPodCollection",
  "Warning Cleanup ForceDeletedStuckCluster",
  "Warning Validate AutoscalerServiceAccountNotFound",
  "Warning Validate RayClusterNotFound",
  ...["Metadata", "Spec", "Status"].flatMap((part) => [
    `Warning Validate InvalidRayCluster${part}`,
    `Warning Validate InvalidRayJob${part}`,
  ]),
  "Warning Validate InvalidRayCronJobSpec",
  "Normal Suspend SuspendedRayCronJob",
];

describe("KubeRay's events", () => {
  test("are emitted with its types, actions and reasons, and no others are", () => {
    const ours = told.flatMap((event) => (event ? [`${event.type} ${event.action} ${event.reason}`] : []));
    expect([...new Set(ours)].toSorted()).toEqual([...new Set(upstream)].toSorted());
  });

  test("but for one of our own: a second head, which upstream only logs", () => {
    const { type, action, reason } = rayCluster.tooManyHeads(cluster, []);
    expect([type, action, reason]).toEqual(["Warning", "Reconcile", "FailedToCreateHeadPod"]);
  });
});

describe("CronJob's events", () => {
  test("are those of a RayCronJob where KubeRay has none", () => {
    const ours = (["JobAlreadyActive", "MissSchedule"] as const).map((reason) =>
      rayCronJob.halted(cronJob, { reason, message: "t" }),
    );
    expect(ours.map((event) => `${event?.type} ${event?.reason}`)).toEqual([
      "Normal JobAlreadyActive",
      "Warning MissSchedule",
    ]);
  });
});

describe("JobSet's events", () => {
  test("all have the one action", () => {
    const ofNouns = [jobSet.jobNoun, jobSet.serviceNoun, jobSet.claimNoun].map((noun) =>
      failureOf(noun, "Create", metadata),
    );
    const ours = ofNouns.map(({ type, action, reason }) => `${type} ${action} ${reason}`);
    expect(ours).toEqual([
      "Warning Reconciling JobCreationFailed",
      "Warning Reconciling HeadlessServiceCreationFailed",
      "Warning Reconciling PVCCreationFailed",
    ]);
  });
});
