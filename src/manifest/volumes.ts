/** Volumes of an experiment's pods: shared memory, the shared volume, claims that exist already. Pure. */
import { PersistentVolumeClaim, Secret } from "../api/core/kinds.ts";
import type { Volume, VolumeMount } from "../api/core/pod.ts";
import type { SupportObject, WorkloadContext } from "./context.ts";
import type { Manifest, Resources } from "./model.ts";
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

/** Where shared memory is. */
export const sharedMemoryMount = "/dev/shm";
/** Where TensorBoard's logs are when they are on a volume. */
export const tensorboardMount = "/mnt/tensorboard";

/** Folders of the node: the experiment's own, in every pod. */
export function hostVolumes({ mounts = [] }: Pick<WorkloadContext, "mounts">): readonly Mounted[] {
  return mounts.map(({ name, hostPath, mountPath, readOnly, type }) => ({
    volume: { name, hostPath: { path: hostPath, type } },
    mount: { name, mountPath, ...(readOnly && { readOnly }) },
  }));
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
  return [...found, ...hostVolumes(context)];
}

const metadataOf = (context: WorkloadContext, name: string) => ({
  name,
  ...(context.namespace && { namespace: context.namespace }),
  labels: context.labels,
});

/** The claim of the shared volume: it goes with the experiment. One node at a time may mount it unless the manifest says otherwise. */
function sharedClaim(manifest: Manifest, context: WorkloadContext): readonly SupportObject[] {
  const shared = manifest.spec.storage?.sharedVolume;
  if (!shared) return [];
  const object = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: metadataOf(context, sharedClaimName(context)),
    spec: {
      accessModes: [shared.accessMode ?? "ReadWriteOnce"],
      ...(shared.storageClass && { storageClassName: shared.storageClass }),
      resources: { requests: { storage: gigabytes(shared.sizeGB) } },
    },
  };
  return [{ kind: PersistentVolumeClaim, object }];
}

function secretOf(context: WorkloadContext): readonly SupportObject[] {
  if (!context.secret) return [];
  const { name, data: stringData } = context.secret;
  const object = { apiVersion: "v1", kind: "Secret", metadata: metadataOf(context, name), stringData };
  return [{ kind: Secret, object }];
}

/** What is created before the workload. */
export function supportObjects(manifest: Manifest, context: WorkloadContext): readonly SupportObject[] {
  return [...sharedClaim(manifest, context), ...secretOf(context)];
}
