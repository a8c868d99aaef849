/**
 * Binds every PersistentVolumeClaim at once: on one machine a claim is a folder, which the kubelet makes when a pod
 * mounts it. There is no PersistentVolume object, and the size asked for is granted, not enforced.
 */
import { PersistentVolumeClaim as ClaimKind } from "../../../api/core/kinds.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import type { ControllerSpec, Plan } from "../../../runtime/plan.ts";

export interface Claim extends KubeObject {
  readonly spec?: {
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: Readonly<Record<string, string | number>> };
  };
  readonly status?: ClaimStatus;
}

export interface ClaimStatus {
  readonly phase?: "Pending" | "Bound" | "Lost";
  readonly accessModes?: readonly string[];
  readonly capacity?: Readonly<Record<string, string | number>>;
}

export function planClaim(claim: Claim): Plan<ClaimStatus> {
  const nothing: Plan<ClaimStatus> = { apply: [], remove: [], events: [] };
  if (claim.status?.phase === "Bound") return nothing;
  const { accessModes = ["ReadWriteOnce"], resources } = claim.spec ?? {};
  return { ...nothing, status: { phase: "Bound", accessModes, capacity: { ...resources?.requests } } };
}

export const pvcBinderController: ControllerSpec<Claim, undefined, ClaimStatus> = {
  name: "persistentvolume-binder",
  root: ClaimKind,
  owns: [],
  observe: () => undefined,
  plan: planClaim,
};
