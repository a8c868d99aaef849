/** How a RayJob's events are worded: KubeRay's reasons and sentences, which clients match on. Pure. */
import { type EventKind, eventOf, eventsOf, warning } from "../../runtime/event-kind.ts";
import type { Noun } from "../../runtime/noun.ts";
import type { EventRecord } from "../../runtime/event-record.ts";

export const rayCluster: Noun = {
  reason: "RayCluster",
  subject: "RayCluster",
  success: {
    Update: { message: "Set the `suspend` field to true for all worker groups in cluster {object}" },
    Delete: { message: "Deleted cluster {object}" },
  },
  failure: {
    Update: { message: "Failed to suspend worker groups in cluster {object}" },
    Delete: { message: "Failed to delete cluster {object}" },
  },
};

export const submitterJob: Noun = {
  reason: "RayJobSubmitter",
  subject: "Kubernetes Job",
  success: { Delete: { message: "Deleted submitter K8s Job {object}" } },
  failure: {
    Create: { message: "Failed to create new Kubernetes Job {object}" },
    Delete: { message: "Failed to delete submitter K8s Job {object}" },
  },
};

export const headService: Noun = { reason: "Service", subject: "Service" };

const kinds = {
  InvalidRayJobMetadata: warning("InvalidRayJobMetadata", "Validate", "NAMESPACE/NAME: what is wrong"),
  InvalidRayJobSpec: warning("InvalidRayJobSpec", "Validate", "NAMESPACE/NAME: what is wrong"),
  InvalidRayJobStatus: warning("InvalidRayJobStatus", "Validate", "NAMESPACE/NAME: what is wrong"),
  clusterNotFound: warning("RayClusterNotFound", "Validate", "The RayCluster chosen by clusterSelector does not exist"),
  foreignService: warning("FailedToCreateService", "Create", "The Service is not this RayJob's"),
};

export const events: readonly EventKind[] = [
  ...eventsOf(rayCluster, "Create", "Update", "Delete"),
  ...eventsOf(submitterJob, "Create", "Delete"),
  ...eventsOf(headService, "Create", "Update"),
  ...Object.values(kinds),
];

export type InvalidReason = "InvalidRayJobMetadata" | "InvalidRayJobSpec" | "InvalidRayJobStatus";

export const clusterNotFound = (name: string): EventRecord =>
  eventOf(kinds.clusterNotFound, `RayCluster ${name} chosen by clusterSelector does not exist`);

/** A RayCluster with the job's name has a head Service of this very name: turning it would cut that cluster in two. */
export const foreignService = (name: string): EventRecord =>
  eventOf(kinds.foreignService, `Service ${name} exists already and is not this RayJob's: it is left as it is`);

export const brokenRule = (reason: InvalidReason, name: string, text: string): EventRecord =>
  eventOf(kinds[reason], `${name}: ${text}`);
