/** Volumes of a pod, made on this machine: folders to be bound into containers. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Container, Pod, Volume } from "../../api/core/pod.ts";
import { parseQuantity, quantityCeil } from "../../machinery/quantity.ts";
import { ConfigError, type EnvSources, expand } from "./env.ts";
import { hostPath, refuseSilent } from "./host-path.ts";
import type { Bind, SandboxSpec } from "./runtime/types.ts";
import { type ServiceAccount, volumeFiles, writeFiles } from "./volume-files.ts";

export interface VolumeContext {
  /** The pod's folder. */
  readonly folder: string;
  /** Folder of a PersistentVolumeClaim, or what its PersistentVolume names. Throws ConfigError for one that does not exist. */
  readonly claimFolder: (namespace: string, name: string, silent: readonly string[]) => string;
  /** Mounts of this machine that do not answer. */
  readonly silent: readonly string[];
  /** Whether containers have mounts of their own. */
  readonly mounts: boolean;
  readonly sources: EnvSources;
  readonly serviceAccount: ServiceAccount;
}

const pathOfVolume = (folder: string, name: string) => join(folder, "volumes", name);

/** Makes one volume; answers its folder or file on the host. Throws ConfigError. */
function makeVolume(pod: Pod, volume: Volume, context: VolumeContext): string {
  if (volume.hostPath) return hostPath(volume.hostPath, context.silent);
  const { persistentVolumeClaim } = volume;
  if (persistentVolumeClaim)
    return context.claimFolder(pod.metadata.namespace ?? "default", persistentVolumeClaim.claimName, context.silent);
  const place = pathOfVolume(context.folder, volume.name);
  mkdirSync(place, { recursive: true });
  writeFiles(place, volumeFiles(pod, volume, context));
  return place;
}

/** Memory-backed volumes, which the sandbox mounts. */
export function memoryVolumes(pod: Pod, folder: string): SandboxSpec["tmpfs"] {
  return (pod.spec.volumes ?? [])
    .filter(({ emptyDir }) => emptyDir?.medium === "Memory")
    .map(({ name, emptyDir }) => ({
      folder: pathOfVolume(folder, name),
      ...(emptyDir?.sizeLimit !== undefined && { bytes: quantityCeil(parseQuantity(emptyDir.sizeLimit)) }),
    }));
}

/** Data that a program would look for in vain: without mounts, only what is mounted where it is can be found. */
function requireMounts(volume: Volume, root: string, mountPath: string, { mounts }: VolumeContext): void {
  if (mounts || root === mountPath || !(volume.hostPath ?? volume.persistentVolumeClaim)) return;
  throw new ConfigError(
    `volume ${volume.name} cannot be mounted at ${mountPath}: pods on this machine share the host's mounts`,
  );
}

/** Makes what a container mounts; answers the binds in an order in which outer targets come first. Throws ConfigError. */
export function containerBinds(
  pod: Pod,
  container: Container,
  env: Readonly<Record<string, string>>,
  context: VolumeContext,
): readonly Bind[] {
  const binds = (container.volumeMounts ?? []).map((mount): Bind => {
    const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
    if (!volume) throw new ConfigError(`volumeMount ${mount.name} does not match any volume`);
    const root = makeVolume(pod, volume, context);
    requireMounts(volume, root, mount.mountPath, context);
    const below = mount.subPathExpr ? expand(mount.subPathExpr, env) : mount.subPath;
    const source = below ? join(root, below) : root;
    if (below && !source.startsWith(`${root}/`)) throw new ConfigError(`subPath ${below} is outside its volume`);
    refuseSilent(source, context.silent);
    const readOnly = mount.readOnly === true || volume.persistentVolumeClaim?.readOnly === true;
    return { source, target: mount.mountPath, readOnly, ...(below && !existsSync(source) && { makeSource: true }) };
  });
  return binds.sort((a, b) => a.target.length - b.target.length);
}

const accountPath = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Token, authority and namespace, where every Kubernetes client looks for them. */
export function serviceAccountBind(
  pod: Pod,
  container: Container,
  { folder, serviceAccount }: VolumeContext,
): Bind | undefined {
  const taken = container.volumeMounts?.some(({ mountPath }) => mountPath === accountPath);
  if (pod.spec.automountServiceAccountToken === false || taken || !serviceAccount.token) return undefined;
  const source = join(folder, "serviceaccount");
  const { token, ca } = serviceAccount;
  const text = { token, "ca.crt": ca, namespace: pod.metadata.namespace ?? "default" };
  writeFiles(
    source,
    Object.entries(text).map(([path, content]) => ({ path, content, mode: 0o600 })),
  );
  return { source, target: accountPath, readOnly: true };
}
