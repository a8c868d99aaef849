/** How a RayCluster's writes are told, and its other events. Reasons, actions and sentences are KubeRay's. Pure. */
import type { Pod } from "../../api/core/pod.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import { type EventKind, eventOf, eventsOf, warning } from "../../runtime/event-kind.ts";
import type { Noun } from "../../runtime/noun.ts";
import type { EventRecord } from "../../runtime/event-record.ts";

/** Told by the name alone. */
const named = (reason: string, subject: string): Noun => ({
  reason,
  subject,
  success: { Create: { message: `Created ${subject} {name}` } },
  failure: { Create: { message: `Failed to create ${subject} {name}` } },
});

export const headPod: Noun = { reason: "HeadPod", subject: "head Pod" };

export const workerPod: Noun = {
  reason: "WorkerPod",
  subject: "worker Pod",
  failure: { Create: { message: "Failed to create worker Pod for the cluster" } },
};

/** All of a suspended group, in one request. */
export const groupPods: Noun = {
  reason: "WorkerPod",
  subject: "the worker Pods of group",
  success: { Delete: { message: "Deleted the worker Pods of group {object}: it is suspended" } },
  failure: { Delete: { reason: "FailedToDeleteWorkerPodCollection" } },
};

/** All of the cluster, in one request. */
export const allPods: Noun = {
  reason: "AllPods",
  subject: "Pods of RayCluster",
  success: { Delete: { reason: "DeletedPod" } },
  failure: { Delete: { reason: "FailedToDeletePodCollection" } },
};

export const service = named("Service", "service");
export const serviceAccount = named("ServiceAccount", "ServiceAccount");
export const role = named("Role", "Role");
export const roleBinding = named("RoleBinding", "RoleBinding");
export const ingress: Noun = { reason: "Ingress", subject: "ingress" };
export const cleanupJob: Noun = { reason: "RedisCleanupJob", subject: "Redis cleanup Job" };

const kinds = {
  InvalidRayClusterMetadata: warning("InvalidRayClusterMetadata", "Validate", "NAMESPACE/NAME: what is wrong"),
  InvalidRayClusterSpec: warning("InvalidRayClusterSpec", "Validate", "NAMESPACE/NAME: what is wrong"),
  InvalidRayClusterStatus: warning("InvalidRayClusterStatus", "Validate", "NAMESPACE/NAME: what is wrong"),
  tooManyHeads: warning("FailedToCreateHeadPod", "Reconcile", "There is more than one head Pod, and which are they"),
  accountNotFound: warning(
    "AutoscalerServiceAccountNotFound",
    "Validate",
    "There is no ServiceAccount of the name that the head group gives for the autoscaler",
  ),
  missingServePort: warning("FailedToCreateService", "Create", "The Ray container has no port to serve"),
  foreignIngress: warning("FailedToCreateIngress", "Create", "The Ingress is not this RayCluster's"),
  forceDeleted: warning("ForceDeletedStuckCluster", "Cleanup", "Redis was not cleaned in time"),
};

export const events: readonly EventKind[] = [
  ...eventsOf(headPod, "Create", "Delete"),
  ...eventsOf(workerPod, "Create", "Delete"),
  ...eventsOf(groupPods, "Delete"),
  ...eventsOf(allPods, "Delete"),
  ...[service, serviceAccount, role, roleBinding].flatMap((noun) => eventsOf(noun, "Create")),
  ...eventsOf(ingress, "Create", "Update"),
  ...eventsOf(cleanupJob, "Create"),
  ...Object.values(kinds),
];

const nameOf = ({ metadata: { namespace, name } }: RayCluster): string => `${namespace}/${name}`;

export type InvalidReason = "InvalidRayClusterMetadata" | "InvalidRayClusterSpec" | "InvalidRayClusterStatus";

export const invalid = (cluster: RayCluster, reason: InvalidReason, text: string): EventRecord =>
  eventOf(kinds[reason], `${nameOf(cluster)}: ${text}`);

export function tooManyHeads({ metadata: { name } }: RayCluster, heads: readonly Pod[]): EventRecord {
  const names = heads.map((pod) => pod.metadata.name).join(", ");
  const message = `${name} has ${heads.length} head pods (${names}). Please delete extra head pods`;
  return eventOf(kinds.tooManyHeads, message);
}

export const accountNotFound = ({ metadata: { namespace } }: RayCluster, account: string): EventRecord =>
  eventOf(
    kinds.accountNotFound,
    `There is no ServiceAccount ${namespace}/${account}, which the head group names for the autoscaler`,
  );

export const missingServePort = ({ metadata: { namespace } }: RayCluster, serve: string): EventRecord =>
  eventOf(
    kinds.missingServePort,
    `Service ${namespace}/${serve} has no port to serve: give the head's Ray container a port called serve, or serve-*`,
  );

export const foreignIngress = (name: string): EventRecord =>
  eventOf(kinds.foreignIngress, `Ingress ${name} exists already and is not this RayCluster's: it is left as it is`);

export const forceDeleted = (cluster: RayCluster): EventRecord =>
  eventOf(
    kinds.forceDeleted,
    `Let RayCluster ${nameOf(cluster)} go: Redis was not cleaned in time, and may still hold its data`,
  );
