/** The RayCluster that a RayJob makes for itself. Pure. */
import { annotations, labels } from "../../api/ray/labels.ts";
import { RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayCluster, RayClusterSpec, RayJob } from "../../api/ray/types.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { sidecarContainer } from "./submitter.ts";

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
