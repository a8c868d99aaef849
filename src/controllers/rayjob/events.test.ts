/** The wording of a RayJob's events is part of its API: clients match on it. */
import { expect, it } from "vitest";
import { failureOf, type Noun, successOf, type Verb } from "../../runtime/noun.ts";
import { headService, rayCluster, submitterJob } from "./events.ts";

const written = { namespace: "default", name: "a" };

it.each<[Noun, Verb, string, string]>([
  [
    rayCluster,
    "Create",
    "CreatedRayCluster Create: Created RayCluster default/a",
    "FailedToCreateRayCluster Create: Failed to create RayCluster default/a",
  ],
  [
    rayCluster,
    "Update",
    "UpdatedRayCluster Update: Set the `suspend` field to true for all worker groups in cluster default/a",
    "FailedToUpdateRayCluster Update: Failed to suspend worker groups in cluster default/a",
  ],
  [
    rayCluster,
    "Delete",
    "DeletedRayCluster Delete: Deleted cluster default/a",
    "FailedToDeleteRayCluster Delete: Failed to delete cluster default/a",
  ],
  [
    submitterJob,
    "Create",
    "CreatedRayJobSubmitter Create: Created Kubernetes Job default/a",
    "FailedToCreateRayJobSubmitter Create: Failed to create new Kubernetes Job default/a",
  ],
  [
    submitterJob,
    "Delete",
    "DeletedRayJobSubmitter Delete: Deleted submitter K8s Job default/a",
    "FailedToDeleteRayJobSubmitter Delete: Failed to delete submitter K8s Job default/a",
  ],
  [
    headService,
    "Create",
    "CreatedService Create: Created Service default/a",
    "FailedToCreateService Create: Failed to create Service default/a",
  ],
  [
    headService,
    "Update",
    "UpdatedService Update: Updated Service default/a",
    "FailedToUpdateService Update: Failed to update Service default/a",
  ],
])("%# tells in KubeRay's words", (noun, verb, success, failure) => {
  const told = [successOf(noun, verb, written), failureOf(noun, verb, written)];
  expect(told.map((event) => event && `${event.reason} ${event.action}: ${event.message}`)).toEqual([success, failure]);
});
