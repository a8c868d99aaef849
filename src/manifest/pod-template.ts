/** What the pods of all operators have in common: environment, resources, volumes, placement, the end. Pure. */
import { PersistentVolumeClaim } from "../api/core/kinds.ts";
import type { Container, EnvVar, PodTemplateSpec, Volume, VolumeMount } from "../api/core/pod.ts";
import type { Kind, KubeObject } from "../api/meta/object.ts";
import type { Manifest, PodGroup } from "./model.ts";
import { placementOf, requirementsOf } from "./resources.ts";
import { parseTimeout } from "./timeout.ts";

export interface CompileContext {
  /** Name of the workload, and prefix of every pod. */
  readonly name: string;
  readonly namespace?: string;
  readonly image: string;
  /** On the workload and every pod. */
  readonly labels: Readonly<Record<string, string>>;
  /** For every container. */
  readonly env: Readonly<Record<string, string>>;
}

/** A workload, and what must be there before it. */
export interface CompiledWorkload<T extends KubeObject> {
  readonly workload: T;
  readonly objects: readonly { readonly kind: Kind; readonly object: KubeObject }[];
}

export const envVars = (env: Readonly<Record<string, string>>): readonly EnvVar[] =>
  Object.entries(env).map(([name, value]) => ({ name, value }));

/** Seconds the experiment may run; undefined for ever. */
export function deadlineSeconds({ spec }: Manifest): number | undefined {
  return spec.timeout === undefined ? spec.activeDeadlineSeconds : parseTimeout(spec.timeout);
}

const sharedClaim = (context: CompileContext) => `${context.name}-shared`;

interface Mounts {
  readonly volumes: readonly Volume[];
  readonly mounts: readonly VolumeMount[];
}

function mountsOf({ spec }: Manifest, group: PodGroup, context: CompileContext): Mounts {
  const volumes: Volume[] = [];
  const mounts: VolumeMount[] = [];
  const add = (volume: Volume, mountPath: string) => {
    volumes.push(volume);
    mounts.push({ name: volume.name, mountPath });
  };
  const { shmSizeGB } = group.resources;
  if (shmSizeGB) add({ name: "shm", emptyDir: { medium: "Memory", sizeLimit: `${shmSizeGB}Gi` } }, "/dev/shm");
  const { sharedVolume, attachExistingPVCs = [] } = spec.storage ?? {};
  if (sharedVolume)
    add({ name: "shared", persistentVolumeClaim: { claimName: sharedClaim(context) } }, sharedVolume.mountPoint);
  for (const [index, { name, mountPoint }] of attachExistingPVCs.entries())
    add({ name: `claim-${index}`, persistentVolumeClaim: { claimName: name } }, mountPoint);
  return { volumes, mounts };
}

/** The claim behind `storage.sharedVolume`; it goes with the experiment. */
export function sharedObjects({ spec }: Manifest, context: CompileContext): CompiledWorkload<KubeObject>["objects"] {
  const { sharedVolume } = spec.storage ?? {};
  if (!sharedVolume) return [];
  const { sizeGB, storageClass, accessMode = "ReadWriteMany" } = sharedVolume;
  const claim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: sharedClaim(context), namespace: context.namespace, labels: context.labels },
    spec: {
      accessModes: [accessMode],
      ...(storageClass && { storageClassName: storageClass }),
      resources: { requests: { storage: `${sizeGB}Gi` } },
    },
  };
  return [{ kind: PersistentVolumeClaim, object: claim }];
}

export interface TemplateInput {
  readonly manifest: Manifest;
  readonly group: PodGroup;
  readonly context: CompileContext;
  /** The main container's own part. */
  readonly container: Pick<Container, "name"> & Partial<Container>;
  readonly restartPolicy?: "Never" | "OnFailure" | "Always";
}

export function podTemplate({ manifest, group, context, container, restartPolicy }: TemplateInput): PodTemplateSpec {
  const { spec } = manifest;
  const { volumes, mounts } = mountsOf(manifest, group, context);
  const { terminationGracePeriodSeconds, shutdownCommand } = spec.gracefulTermination ?? {};
  const main: Container = {
    image: context.image,
    ...container,
    env: [...envVars(context.env), ...(container.env ?? [])],
    resources: requirementsOf(group.resources),
    ...(mounts.length > 0 && { volumeMounts: mounts }),
    ...(spec.securityContext?.ptrace && { securityContext: { capabilities: { add: ["SYS_PTRACE"] } } }),
    ...(shutdownCommand?.length && { lifecycle: { preStop: { exec: { command: shutdownCommand } } } }),
  };
  return {
    metadata: { labels: context.labels },
    spec: {
      ...(restartPolicy && { restartPolicy }),
      ...(terminationGracePeriodSeconds !== undefined && { terminationGracePeriodSeconds }),
      ...placementOf(group.resources),
      containers: [main],
      ...(volumes.length > 0 && { volumes }),
    },
  };
}
