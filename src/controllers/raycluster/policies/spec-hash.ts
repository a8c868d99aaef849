/** The hash by which the Recreate strategy tells a spec change: of what makes a pod, not of how many there are. Pure. */
import { sha1 } from "../../../machinery/sha1.ts";
import { sortedJson } from "../../../machinery/sorted-json.ts";
import type { PodTemplateSpec } from "../../../api/core/pod.ts";
import type { RayClusterSpec } from "../../../api/ray/types.ts";

function withoutPlacement(template: PodTemplateSpec): unknown {
  const { tolerations: _, schedulingGates: __, ...spec } = template.spec;
  return { ...template, spec };
}

export function specHash(spec: RayClusterSpec): string {
  const { upgradeStrategy: _, headGroupSpec, workerGroupSpecs, ...rest } = spec;
  const groups = workerGroupSpecs?.map(
    ({ replicas: __, minReplicas: ___, maxReplicas: ____, scaleStrategy: _____, ...group }) => ({
      ...group,
      rayStartParams: group.rayStartParams ?? {},
      template: withoutPlacement(group.template),
    }),
  );
  return sha1(
    sortedJson({
      ...rest,
      headGroupSpec: {
        ...headGroupSpec,
        rayStartParams: headGroupSpec.rayStartParams ?? {},
        template: withoutPlacement(headGroupSpec.template),
      },
      workerGroupSpecs: groups,
    }),
  );
}
