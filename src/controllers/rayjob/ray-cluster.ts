/** The RayCluster that a RayJob makes for itself, or chooses. Pure. */
import { annotations, labels } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind, RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayCluster, RayClusterSpec, RayClusterStatus, RayJob } from "../../api/ray/types.ts";
import { deepEqual } from "../../machinery/deep-equal.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import { create, remove, type Step, type Steps, tell } from "../../runtime/steps.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { clusterNotFound, rayCluster } from "./events.ts";
import { sidecarContainer } from "./submitter.ts";
import type { PlanInput } from "./transition.ts";

function withSidecar(cluster: RayCluster, job: RayJob, options: RayOperatorOptions): RayCluster {
  const head = cluster.spec.headGroupSpec;
  const pod = head.template.spec;
  const containers = [...pod.containers, sidecarContainer(job, cluster, options)];
  const template = { ...head.template, spec: { ...pod, containers, restartPolicy: "Never" as const } };
  return { ...cluster, spec: { ...cluster.spec, headGroupSpec: { ...head, template } } };
}

/** The cluster of the job's current attempt, by the names in its status. */
export function desiredRayCluster(job: RayJob, options: RayOperatorOptions): RayCluster {
  const { metadata, spec, status } = job;
  const isSidecar = spec.submissionMode === "SidecarMode";
  const marks = { ...metadata.annotations, ...(isSidecar && { [annotations.disableHeadRestart]: "true" }) };
  const cluster: RayCluster = {
    apiVersion: "ray.io/v1",
    kind: "RayCluster",
    metadata: {
      name: status?.rayClusterName,
      namespace: metadata.namespace,
      labels: {
        ...metadata.labels,
        [labels.originatedFromName]: metadata.name ?? "",
        [labels.originatedFromKind]: "RayJob",
        [labels.submissionMode]: spec.submissionMode || "K8sJobMode",
      },
      ...(Object.keys(marks).length > 0 && { annotations: marks }),
      ownerReferences: [ownerReference(RayJobKind, job)],
    },
    spec: spec.rayClusterSpec as RayClusterSpec,
  };
  return isSidecar ? withSidecar(cluster, job, options) : cluster;
}

/** The cluster to run on, or what to do about its absence. */
export function ensureCluster({ job, world, options }: Pick<PlanInput, "job" | "world" | "options">): Steps {
  if (world.cluster) return [];
  if (job.spec.clusterSelector)
    return [tell(clusterNotFound(`${job.metadata.namespace}/${job.status?.rayClusterName}`))];
  return [create(RayClusterKind, desiredRayCluster(job, options), { as: rayCluster })];
}

export const removeCluster = (cluster: RayCluster): Step => remove(RayClusterKind, cluster, { as: rayCluster });

/** Heartbeats apart, what of a cluster's status is worth a write of the job's. */
export function copyOf(
  before: RayClusterStatus | undefined,
  after: RayClusterStatus | undefined,
): RayClusterStatus | undefined {
  const relevant = (status: RayClusterStatus | undefined) => ({ ...status, lastUpdateTime: undefined });
  return before && deepEqual(relevant(before), relevant(after)) ? before : after;
}
