/** The headless Service that gives every pod of a JobSet its host name. Pure. */
import { Service as ServiceKind } from "../../../api/core/kinds.ts";
import type { Service } from "../../../api/core/service.ts";
import { JobSet as JobSetKind } from "../../../api/jobset/kinds.ts";
import { jobSetNameLabel } from "../../../api/jobset/labels.ts";
import { subdomainOf } from "../../../api/jobset/names.ts";
import type { JobSet } from "../../../api/jobset/types.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import { create, type Steps } from "../../../runtime/steps.ts";
import { serviceNoun } from "../events.ts";
import type { View } from "../view.ts";

function desiredService(jobSet: JobSet): Service {
  const { namespace, name = "" } = jobSet.metadata;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: subdomainOf(jobSet), namespace, ownerReferences: [ownerReference(JobSetKind, jobSet)] },
    spec: {
      clusterIP: "None",
      selector: { [jobSetNameLabel]: name },
      publishNotReadyAddresses: jobSet.spec?.network?.publishNotReadyAddresses ?? true,
    },
  };
}

/** One that is there is left alone, whoever made it: JobSets may share a subdomain. */
export function planService({ jobSet, spec, world }: View): Steps {
  if (!spec.network?.enableDNSHostnames || world.hasService) return [];
  return [create(ServiceKind, desiredService(jobSet), { as: serviceNoun, accepts: "any" })];
}
