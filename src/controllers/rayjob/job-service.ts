/** `<job>-head-svc`: a name for the head of whatever cluster runs the job now. Pure. */
import { Service as ServiceKind } from "../../api/core/kinds.ts";
import type { Service } from "../../api/core/service.ts";
import { labels } from "../../api/ray/labels.ts";
import { RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import { checkLabel, headServiceName } from "../../api/ray/names.ts";
import type { RayCluster, RayJob } from "../../api/ray/types.ts";
import { isControlledBy, ownerReference } from "../../machinery/owner-refs.ts";
import type { PlanPart } from "../../runtime/plan.ts";
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

const nothing: PlanPart = { apply: [], events: [] };

/** A RayCluster with the job's name has a head Service of this very name: turning it would cut that cluster in two. */
function foreign({ metadata: { namespace, name } }: Service): PlanPart {
  const message = `Service ${namespace}/${name} exists already and is not this RayJob's: it is left as it is`;
  return { apply: [], events: [{ type: "Warning", reason: "FailedToCreateService", action: "Create", message }] };
}

/** Made once; later only turned to the cluster of another attempt. */
export function planJobService({ job, world, options }: Pass): PlanPart {
  const { cluster, ownService } = world;
  if (job.spec.clusterSelector || !cluster) return nothing;
  if (ownService && !isControlledBy(ownService, job)) return foreign(ownService);
  if (ownService?.spec.selector?.[labels.cluster] === cluster.metadata.name) return nothing;
  const target = desiredJobService(job, cluster, options);
  const verb = ownService ? "Update" : "Create";
  const subject = `Service ${target.metadata.namespace}/${target.metadata.name}`;
  const told = {
    onSuccess: { type: "Normal", reason: `${verb}dService`, action: verb, message: `${verb}d ${subject}` },
    onFailure: {
      type: "Warning",
      reason: `FailedTo${verb}Service`,
      action: verb,
      message: `Failed to ${verb.toLowerCase()} ${subject}`,
    },
  } as const;
  if (!ownService) return { apply: [{ kind: ServiceKind, target, mode: "create", ...told }], events: [] };
  const { name, namespace } = target.metadata;
  // Its address stays; all else is as the head of this attempt needs it.
  const { clusterIP: _, ...spec } = target.spec;
  const patch = { ...target, metadata: { name, namespace }, spec };
  return { apply: [{ kind: ServiceKind, target: patch, mode: "patch", ...told }], events: [] };
}
