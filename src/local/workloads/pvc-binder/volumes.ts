/** Keeps the phase of every PersistentVolume. What a claim has let go keeps its data and waits for its owner, whatever the reclaim policy. */
import { PersistentVolume as VolumeKind, PersistentVolumeClaim as ClaimKind } from "../../../api/core/kinds.ts";
import type { Claim, PersistentVolume, VolumeStatus } from "../../../api/core/volume.ts";
import type { ControllerSpec } from "../../../runtime/spec.ts";
import { setStatus, type Steps } from "../../../runtime/steps.ts";

export function planVolume({ spec }: PersistentVolume, claim: Claim | undefined): Steps<VolumeStatus> {
  const uid = spec?.claimRef?.uid;
  const held = uid === claim?.metadata.uid ? "Bound" : "Released";
  return [setStatus({ phase: uid === undefined ? "Available" : held })];
}

export const volumeController: ControllerSpec<PersistentVolume, Claim | undefined, VolumeStatus> = {
  name: "persistentvolume-phase",
  root: VolumeKind,
  owns: [],
  watches: [
    {
      kind: ClaimKind,
      map: (claim) => {
        const { volumeName: name } = (claim as Claim).spec ?? {};
        return name ? [{ name }] : [];
      },
    },
  ],
  rootChanged: () => true,
  observe({ spec }, cache) {
    const { name, namespace } = spec?.claimRef ?? {};
    return name === undefined ? undefined : cache.get<Claim>(ClaimKind, namespace, name);
  },
  plan: planVolume,
};
