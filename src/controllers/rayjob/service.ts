/** `<job>-head-svc`: a name for the head of whatever cluster runs the job now. Pure. */
import { Service as ServiceKind } from "../../api/core/kinds.ts";
import type { Service } from "../../api/core/service.ts";
import { labels } from "../../api/ray/labels.ts";
import { RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import { checkLabel, headServiceName } from "../../api/ray/names.ts";
import type { RayCluster, RayJob } from "../../api/ray/types.ts";
import { isControlledBy, ownerReference } from "../../machinery/owner-refs.ts";
import { create, patch, type Steps, tell } from "../../runtime/steps.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { desiredHeadService } from "../raycluster/children/services.ts";
import { foreignService, headService } from "./events.ts";
import type { PlanInput } from "./transition.ts";

function desiredJobService(job: RayJob, cluster: RayCluster, options: RayOperatorOptions): Service {
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
export function planService({ job, world, options }: PlanInput): Steps {
  const { cluster, ownService } = world;
  if (job.spec.clusterSelector || !cluster) return [];
  if (ownService && !isControlledBy(ownService, job)) {
    const { namespace, name } = ownService.metadata;
    return [tell(foreignService(`${namespace}/${name}`))];
  }
  if (ownService?.spec.selector?.[labels.cluster] === cluster.metadata.name) return [];
  const target = desiredJobService(job, cluster, options);
  if (!ownService) return [create(ServiceKind, target, { as: headService })];
  const { name, namespace } = target.metadata;
  // Its address stays; all else is as the head of this attempt needs it.
  const { clusterIP: _, ...spec } = target.spec;
  return [patch(ServiceKind, { ...target, metadata: { name, namespace }, spec } as Service, { as: headService })];
}
