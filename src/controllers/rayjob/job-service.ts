/** `<job>-head-svc`: a name for the head of whatever cluster runs the job now. Pure. */
import { Service as ServiceKind } from "../../api/core/kinds.ts";
import type { Service } from "../../api/core/service.ts";
import { labels } from "../../api/ray/labels.ts";
import { RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import { checkLabel, headServiceName } from "../../api/ray/names.ts";
import type { RayCluster, RayJob } from "../../api/ray/types.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import type { Apply } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { desiredHeadService } from "../raycluster/services.ts";
import type { Pass } from "./pass.ts";

export function desiredJobService(job: RayJob, cluster: RayCluster, options: RayOperatorOptions): Service {
  const { name = "", namespace } = job.metadata;
  return {
    ...desiredHeadService(cluster, options),
    metadata: {
      name: headServiceName(name),
      namespace,
      labels: {
        [labels.originatedFromName]: name,
        [labels.originatedFromKind]: "RayJob",
        [labels.nodeType]: "head",
        [labels.identifier]: checkLabel(`${name}-head`),
      },
      ownerReferences: [ownerReference(RayJobKind, job)],
    },
  };
}

/** Made once; later only turned to the cluster of another attempt. */
export function planJobService({ job, world, options }: Pass): readonly Apply[] {
  const { cluster, ownService } = world;
  if (job.spec.clusterSelector || !cluster) return [];
  if (ownService?.spec.selector?.[labels.cluster] === cluster.metadata.name) return [];
  const target = desiredJobService(job, cluster, options);
  const verb = ownService ? "Update" : "Create";
  const subject = `Service ${target.metadata.namespace}/${target.metadata.name}`;
  const events = {
    onSuccess: { type: "Normal", reason: `${verb}dService`, action: verb, message: `${verb}d ${subject}` },
    onFailure: {
      type: "Warning",
      reason: `FailedTo${verb}Service`,
      action: verb,
      message: `Failed to ${verb.toLowerCase()} ${subject}`,
    },
  } as const;
  if (!ownService) return [{ kind: ServiceKind, target, mode: "create", ...events }];
  const { name, namespace } = target.metadata;
  // Its address stays: only what it selects changes.
  const patch = { ...target, metadata: { name, namespace }, spec: { selector: target.spec.selector } };
  return [{ kind: ServiceKind, target: patch, mode: "patch", ...events }];
}
