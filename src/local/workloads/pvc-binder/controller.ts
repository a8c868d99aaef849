/**
 * Binds PersistentVolumeClaims: to a PersistentVolume that fits, or that either of them names; else at once to a new
 * folder of the machine, which the kubelet makes when a pod mounts it. Such a claim has no PersistentVolume object, and
 * the size asked for is granted, not enforced. A claim with an empty class waits for its volume.
 */
import { PersistentVolume as VolumeKind, PersistentVolumeClaim as ClaimKind } from "../../../api/core/kinds.ts";
import type { Claim, ClaimStatus, PersistentVolume } from "../../../api/core/volume.ts";
import type { EventRecord } from "../../../runtime/event-record.ts";
import type { ControllerSpec } from "../../../runtime/spec.ts";
import { patch, patchRoot, setStatus, type Steps, tell } from "../../../runtime/steps.ts";
import { findVolume, isReservedFor, mismatch } from "./match.ts";

type ClaimSteps = Steps<ClaimStatus>;

const warning = (reason: string, message: string): EventRecord => ({
  type: "Warning",
  reason,
  message,
  action: "Binding",
});

/** Until a volume comes or changes: see `keys`. */
const waits = (event: EventRecord): ClaimSteps => [setStatus({ phase: "Pending" }), tell(event)];

const byController = { "pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes" };

function bind(claim: Claim, volume: PersistentVolume): ClaimSteps {
  const { name, namespace, uid } = claim.metadata;
  const { accessModes, capacity } = volume.spec ?? {};
  const claimRef = { apiVersion: "v1", kind: ClaimKind.kind, name, namespace, uid };
  const target = {
    apiVersion: "v1",
    kind: VolumeKind.kind,
    metadata: { name: volume.metadata.name, uid: volume.metadata.uid },
    spec: { claimRef },
  };
  return [
    patch(VolumeKind, target),
    patchRoot({ metadata: { annotations: byController }, spec: { volumeName: volume.metadata.name } }),
    setStatus({ phase: "Bound", accessModes, capacity }),
  ];
}

/** The claim names its volume. */
function bindNamed(claim: Claim, volume: PersistentVolume | undefined, volumeName: string): ClaimSteps {
  if (!volume) return waits(warning("FailedBinding", `volume "${volumeName}" does not exist`));
  if (volume.spec?.claimRef && !isReservedFor(volume, claim))
    return waits(warning("FailedBinding", `volume "${volumeName}" already bound to a different claim.`));
  const why = mismatch(volume, claim);
  return why
    ? waits(warning("VolumeMismatch", `Cannot bind to requested volume "${volumeName}": ${why}`))
    : bind(claim, volume);
}

const lost: ClaimSteps = [
  setStatus({ phase: "Lost" }),
  tell(warning("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!")),
];

export function planClaim(claim: Claim, volumes: readonly PersistentVolume[]): ClaimSteps {
  const { accessModes = ["ReadWriteOnce"], resources, volumeName, storageClassName } = claim.spec ?? {};
  const named = volumes.find(({ metadata }) => metadata.name === volumeName);
  const phase = claim.status?.phase;
  if (claim.metadata.deletionTimestamp || phase === "Lost") return [];
  if (phase === "Bound") return volumeName && !named ? lost : [];
  if (volumeName) return bindNamed(claim, named, volumeName);
  const found = findVolume(volumes, claim);
  if (found) return bind(claim, found);
  const none = "no persistent volumes available for this claim and no storage class is set";
  if (storageClassName === "") return waits(warning("FailedBinding", none));
  return [setStatus({ phase: "Bound", accessModes, capacity: { ...resources?.requests } })];
}

/** Under which a claim waits that takes any volume; no volume has this name. */
const anyVolume = "*";

/** The volume that a claim waits for. */
function awaited({ spec, status }: Claim): readonly string[] {
  return status?.phase === "Bound" || status?.phase === "Lost" ? [] : [spec?.volumeName || anyVolume];
}

export const pvcBinderController: ControllerSpec<Claim, readonly PersistentVolume[], ClaimStatus> = {
  name: "persistentvolume-binder",
  root: ClaimKind,
  rootWrites: ["patch"],
  owns: [],
  watches: [
    {
      kind: VolumeKind,
      writes: ["patch"],
      map: (volume, rootsOf) => {
        const { namespace, name } = (volume as PersistentVolume).spec?.claimRef ?? {};
        const bound = name ? [{ namespace, name }] : [];
        return [...bound, ...rootsOf(undefined, volume.metadata.name), ...rootsOf(undefined, anyVolume)];
      },
    },
  ],
  keys: awaited,
  observe: (_, cache) => cache.list<PersistentVolume>(VolumeKind),
  plan: planClaim,
  // Two claims at once could take the same volume.
  workers: 1,
};
