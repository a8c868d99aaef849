/** The sentences about what a RayCluster's controller writes, noun by noun. */
import { describe, expect, test } from "vitest";
import { failureOf, type Noun, successOf, type Verb } from "../../runtime/noun.ts";
import * as nouns from "./events.ts";

const written = { namespace: "ns", name: "x" };
const ofGroup = { ...written, object: "g of RayCluster ns/c" };

type Row = readonly [string, Noun, Verb, string, string];
const rows: readonly Row[] = [
  [
    "a head is made",
    nouns.headPod,
    "Create",
    "CreatedHeadPod: Created head Pod ns/x",
    "FailedToCreateHeadPod: Failed to create head Pod ns/x",
  ],
  [
    "a head goes",
    nouns.headPod,
    "Delete",
    "DeletedHeadPod: Deleted head Pod ns/x",
    "FailedToDeleteHeadPod: Failed to delete head Pod ns/x",
  ],
  [
    "a worker is made",
    nouns.workerPod,
    "Create",
    "CreatedWorkerPod: Created worker Pod ns/x",
    "FailedToCreateWorkerPod: Failed to create worker Pod for the cluster",
  ],
  [
    "a worker goes",
    nouns.workerPod,
    "Delete",
    "DeletedWorkerPod: Deleted worker Pod ns/x",
    "FailedToDeleteWorkerPod: Failed to delete worker Pod ns/x",
  ],
  [
    "a suspended group goes",
    nouns.groupPods,
    "Delete",
    "DeletedWorkerPod: Deleted the worker Pods of group g of RayCluster ns/c: it is suspended",
    "FailedToDeleteWorkerPodCollection: Failed to delete the worker Pods of group g of RayCluster ns/c",
  ],
  [
    "all pods go",
    nouns.allPods,
    "Delete",
    "DeletedPod: Deleted Pods of RayCluster ns/x",
    "FailedToDeletePodCollection: Failed to delete Pods of RayCluster ns/x",
  ],
  [
    "a Service is made",
    nouns.service,
    "Create",
    "CreatedService: Created service x",
    "FailedToCreateService: Failed to create service x",
  ],
  [
    "an account is made",
    nouns.serviceAccount,
    "Create",
    "CreatedServiceAccount: Created ServiceAccount x",
    "FailedToCreateServiceAccount: Failed to create ServiceAccount x",
  ],
  [
    "a Role is made",
    nouns.role,
    "Create",
    "CreatedRole: Created Role x",
    "FailedToCreateRole: Failed to create Role x",
  ],
  [
    "a RoleBinding is made",
    nouns.roleBinding,
    "Create",
    "CreatedRoleBinding: Created RoleBinding x",
    "FailedToCreateRoleBinding: Failed to create RoleBinding x",
  ],
  [
    "an Ingress is made",
    nouns.ingress,
    "Create",
    "CreatedIngress: Created ingress ns/x",
    "FailedToCreateIngress: Failed to create ingress ns/x",
  ],
  [
    "an Ingress is changed",
    nouns.ingress,
    "Update",
    "UpdatedIngress: Updated ingress ns/x",
    "FailedToUpdateIngress: Failed to update ingress ns/x",
  ],
  [
    "the Job that cleans Redis is made",
    nouns.cleanupJob,
    "Create",
    "CreatedRedisCleanupJob: Created Redis cleanup Job ns/x",
    "FailedToCreateRedisCleanupJob: Failed to create Redis cleanup Job ns/x",
  ],
];

describe("what is told when", () => {
  test.each(rows)("%s", (_, noun, verb, success, failure) => {
    const about = noun === nouns.groupPods ? ofGroup : written;
    const done = successOf(noun, verb, about);
    const failed = failureOf(noun, verb, about);
    expect([`${done?.reason}: ${done?.message}`, `${failed.reason}: ${failed.message}`]).toEqual([success, failure]);
    expect([done?.action, failed.action, done?.type, failed.type]).toEqual([verb, verb, "Normal", "Warning"]);
  });
});
