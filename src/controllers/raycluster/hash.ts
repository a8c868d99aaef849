/** The hash by which the Recreate strategy tells a spec change: of what makes a pod, not of how many there are. Pure. */
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

/** 64 bits of FNV-1a, twice with different seeds: 128 bits, no dependency, stable for ever. */
function digest(text: string): string {
  const run = (seed: bigint): string => {
    let hash = seed;
    for (const byte of new TextEncoder().encode(text))
      hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
    return hash.toString(16).padStart(16, "0");
  };
  return run(0xcbf29ce484222325n) + run(0x84222325cbf29ce4n);
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
  return digest(
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
