/** Volumes of an experiment's pods: shared memory, the shared volume, claims that exist already. Pure. */
import { PersistentVolumeClaim } from "../../api/core/kinds.ts";
import type { Volume, VolumeMount } from "../../api/core/pod.ts";
import type { HostMount, SupportObject, WorkloadContext } from "./workload-context.ts";
import type { Manifest, Resources } from "../model/manifest.ts";
import { sharedMemoryMount, tensorboardMount } from "../model/mount-paths.ts";
import { gigabytes } from "./resources.ts";

interface Mounted {
  readonly volume: Volume;
  readonly mount: VolumeMount;
}

const claim = (name: string, claimName: string, mountPath: string): Mounted => ({
  volume: { name, persistentVolumeClaim: { claimName } },
  mount: { name, mountPath },
});

const sharedClaimName = (context: Pick<WorkloadContext, "name">) => `${context.name}-shared`;

/** Folders of the node: the experiment's own, in every pod. */
export function hostVolumes({ mounts = [] }: Pick<WorkloadContext, "mounts">): readonly Mounted[] {
  return mounts.map(({ name, hostPath, mountPath, readOnly, type }) => ({
    volume: { name, hostPath: { path: hostPath, type } },
    mount: { name, mountPath, ...(readOnly && { readOnly }) },
  }));
}

/** Folders that the manifest names, without those in whose place the experiment has another. */
function manifestMounts({ spec }: Manifest, { mounts = [] }: WorkloadContext): readonly HostMount[] {
  const taken = new Set(mounts.map(({ mountPath }) => mountPath));
  return (spec.storage?.mounts ?? [])
    .map(({ hostPath, mountPoint, readOnly = true }, index) => {
      const name = `folder-${index}`;
      return { name, hostPath, mountPath: mountPoint, readOnly, type: "Directory" } as const;
    })
    .filter(({ mountPath }) => !taken.has(mountPath));
}

export function mountedVolumes(manifest: Manifest, resources: Resources, context: WorkloadContext): readonly Mounted[] {
  const { storage, tensorboard } = manifest.spec;
  const found: Mounted[] = [];
  if (resources.shmSizeGB) {
    const volume = { name: "shm", emptyDir: { medium: "Memory", sizeLimit: gigabytes(resources.shmSizeGB) } } as const;
    found.push({ volume, mount: { name: "shm", mountPath: sharedMemoryMount } });
  }
  if (storage?.sharedVolume) found.push(claim("shared", sharedClaimName(context), storage.sharedVolume.mountPoint));
  for (const [index, { name, mountPoint }] of (storage?.attachExistingPVCs ?? []).entries()) {
    found.push(claim(`claim-${index}`, name, mountPoint));
  }
  const logs = tensorboard?.usePVC?.enabled ? tensorboard.usePVC.name : undefined;
  if (logs) found.push(claim("tensorboard", logs, tensorboardMount));
  return [...found, ...hostVolumes({ mounts: manifestMounts(manifest, context) }), ...hostVolumes(context)];
}

/** The claim of the shared volume: it goes with the experiment. One node at a time may mount it unless the manifest says otherwise. */
export function supportObjects(manifest: Manifest, context: WorkloadContext): readonly SupportObject[] {
  const shared = manifest.spec.storage?.sharedVolume;
  if (!shared) return [];
  const object = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: sharedClaimName(context),
      ...(context.namespace && { namespace: context.namespace }),
      labels: context.labels,
    },
    spec: {
      accessModes: [shared.accessMode ?? "ReadWriteOnce"],
      ...(shared.storageClass && { storageClassName: shared.storageClass }),
      resources: { requests: { storage: gigabytes(shared.sizeGB) } },
    },
  };
  return [{ kind: PersistentVolumeClaim, object }];
}
