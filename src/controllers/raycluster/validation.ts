/** A RayCluster that breaks a rule: told in its status and by an event; a cluster that is up stays up. Pure. */
import type { RayCluster, RayClusterStatus } from "../../api/ray/types.ts";
import {
  validateRayClusterMetadata,
  validateRayClusterSpec,
  validateRayClusterStatus,
  validateUpgradeStrategy,
} from "../../api/ray/validation.ts";
import { setStatus, type Steps, tell } from "../../runtime/steps.ts";
import { invalid, type InvalidReason } from "./events.ts";
import type { RayOperatorOptions } from "./options.ts";

export interface Problem {
  readonly reason: InvalidReason;
  readonly text: string;
}

/** The first broken rule. */
export function findProblem(cluster: RayCluster, { gates }: RayOperatorOptions): Problem | undefined {
  const { metadata, spec } = cluster;
  const inMetadata = validateRayClusterMetadata(cluster);
  if (inMetadata) return { reason: "InvalidRayClusterMetadata", text: inMetadata };
  const inSpec = validateRayClusterSpec(spec, metadata.annotations, gates) ?? validateUpgradeStrategy(cluster);
  if (inSpec) return { reason: "InvalidRayClusterSpec", text: inSpec };
  const inStatus = validateRayClusterStatus(cluster);
  return inStatus === undefined ? undefined : { reason: "InvalidRayClusterStatus", text: inStatus };
}

export function planInvalid(cluster: RayCluster, { reason, text }: Problem): Steps<RayClusterStatus> {
  const { metadata, status } = cluster;
  return [
    setStatus({ ...status, reason: text, observedGeneration: metadata.generation }),
    tell(invalid(cluster, reason, text)),
  ];
}
