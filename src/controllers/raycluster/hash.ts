/** The hash by which the Recreate strategy tells a spec change: of what makes a pod, not of how many there are. Pure. */
import { sha1 } from "../../machinery/sha1.ts";
import type { PodTemplateSpec } from "../../api/core/pod.ts";
import type { RayClusterSpec } from "../../api/ray/types.ts";

function withoutPlacement(template: PodTemplateSpec): unknown {
  const { tolerations: _, schedulingGates: __, ...spec } = template.spec;
  return { ...template, spec };
}

/** JSON with sorted keys: two equal specs give one text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join(",")}}`;
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
    canonical({
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
