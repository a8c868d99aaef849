/** How far suspending a RayCluster has come. Its conditions remember it, since a suspension that has begun is finished. Pure. */
import { isConditionTrue } from "../../../meta/condition.ts";
import { conditions } from "../../../api/ray/labels.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import type { RayOperatorOptions } from "../options.ts";

/** `requested`: the spec asks for it, and the status does not say so yet. */
export type Suspension = "none" | "requested" | "suspending" | "suspended";

/** Without conditions in the status, suspending has no state of its own: it is what the spec says. */
export function suspensionOf({ spec, status }: RayCluster, { gates }: RayOperatorOptions): Suspension {
  if (!gates.RayClusterStatusConditions) return spec.suspend ? "suspending" : "none";
  if (isConditionTrue(status?.conditions, conditions.suspending)) return "suspending";
  if (isConditionTrue(status?.conditions, conditions.suspended)) return "suspended";
  return spec.suspend ? "requested" : "none";
}
