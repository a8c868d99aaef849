/** Volumes of a pod, made on this machine: folders to be bound into containers. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Container, KeyToPath, Pod, Volume } from "../../api/core/pod.ts";
import { parseQuantity, quantityCeil } from "../../machinery/quantity.ts";
import { ConfigError, type EnvSources, expand, podField } from "./env.ts";
import type { Bind, SandboxSpec } from "./runtime/types.ts";

export interface VolumeContext {
  /** The pod's folder. */
  readonly folder: string;
  /** Folder that holds one folder per PersistentVolumeClaim, by namespace. */
  readonly claims: string;
  readonly sources: EnvSources;
  readonly serviceAccount: { readonly token: string; readonly ca: string };
}

type Files = Readonly<Record<string, string>>;

const pathOfVolume = (context: Pick<VolumeContext, "folder">, name: string) => join(context.folder, "volumes", name);

function pick(data: Files, items: readonly KeyToPath[] | undefined, what: string): Files {
  if (!items) return data;
  return Object.fromEntries(
    items.map(({ key, path }) => {
      const value = data[key];
      if (value === undefined) throw new ConfigError(`${what} has no key ${key}`);
      return [path, value];
    }),
  );
}

function writeFiles(folder: string, files: Files, mode: number): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    if (!file.startsWith(`${folder}/`)) throw new ConfigError(`volume path ${path} leaves its volume`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, content, { mode });
    renameSync(`${file}.new`, file);
  }
}

function fromSource(
  kind: "ConfigMap" | "Secret",
  name: string,
  optional: boolean | undefined,
  data: Files | undefined,
): Files {
  if (!data && !optional) throw new ConfigError(`${kind.toLowerCase()} "${name}" not found`);
  return data ?? {};
}

interface DownwardItem {
  readonly path: string;
  readonly fieldRef?: { readonly fieldPath: string };
}

function downward(pod: Pod, items: readonly unknown[] | undefined, sources: EnvSources): Files {
  const list = (items ?? []) as readonly DownwardItem[];
  return Object.fromEntries(
    list.map(({ path, fieldRef }) => [path, podField(pod, fieldRef?.fieldPath ?? "", sources) ?? ""]),
  );
}

interface ProjectedSource {
  readonly configMap?: { readonly name: string; readonly items?: readonly KeyToPath[]; readonly optional?: boolean };
  readonly secret?: { readonly name: string; readonly items?: readonly KeyToPath[]; readonly optional?: boolean };
  readonly downwardAPI?: { readonly items?: readonly unknown[] };
  readonly serviceAccountToken?: { readonly path: string };
}

function projected(pod: Pod, list: readonly unknown[] | undefined, { sources, serviceAccount }: VolumeContext): Files {
  const files: Record<string, string> = {};
  for (const source of (list ?? []) as readonly ProjectedSource[]) {
    const { configMap, secret } = source;
    if (configMap)
      Object.assign(
        files,
        pick(
          fromSource("ConfigMap", configMap.name, configMap.optional, sources.configMap(configMap.name)),
          configMap.items,
          `configmap ${configMap.name}`,
        ),
      );
    if (secret)
      Object.assign(
        files,
        pick(
          fromSource("Secret", secret.name, secret.optional, sources.secret(secret.name)),
          secret.items,
          `secret ${secret.name}`,
        ),
      );
    if (source.downwardAPI) Object.assign(files, downward(pod, source.downwardAPI.items, sources));
    if (source.serviceAccountToken) files[source.serviceAccountToken.path] = serviceAccount.token;
  }
  return files;
}

/** Makes one volume; answers its folder or file on the host. Throws ConfigError. */
function makeVolume(pod: Pod, volume: Volume, context: VolumeContext): string {
  const folder = pathOfVolume(context, volume.name);
  const { configMap, secret, hostPath, persistentVolumeClaim, ephemeral } = volume;
  const { sources, claims } = context;
  const namespace = pod.metadata.namespace ?? "default";
  if (hostPath) {
    if (/^(DirectoryOrCreate)$/.test(hostPath.type ?? "")) mkdirSync(hostPath.path, { recursive: true });
    if (!existsSync(hostPath.path)) throw new ConfigError(`hostPath ${hostPath.path} does not exist on this machine`);
    return hostPath.path;
  }
  const claim = persistentVolumeClaim?.claimName ?? (ephemeral && `${pod.metadata.name}-${volume.name}`);
  if (claim) {
    const place = join(claims, namespace, claim);
    mkdirSync(place, { recursive: true });
    return place;
  }
  mkdirSync(folder, { recursive: true });
  const mode = configMap?.defaultMode ?? secret?.defaultMode ?? volume.projected?.defaultMode ?? 0o644;
  if (configMap)
    writeFiles(
      folder,
      pick(
        fromSource("ConfigMap", configMap.name, configMap.optional, sources.configMap(configMap.name)),
        configMap.items,
        `configmap ${configMap.name}`,
      ),
      mode,
    );
  if (secret)
    writeFiles(
      folder,
      pick(
        fromSource("Secret", secret.secretName, secret.optional, sources.secret(secret.secretName)),
        secret.items,
        `secret ${secret.secretName}`,
      ),
      mode,
    );
  if (volume.projected) writeFiles(folder, projected(pod, volume.projected.sources, context), mode);
  if (volume.downwardAPI) writeFiles(folder, downward(pod, volume.downwardAPI.items, sources), mode);
  return folder;
}

/** Memory-backed volumes, which the sandbox mounts. */
export function memoryVolumes(pod: Pod, folder: string): SandboxSpec["tmpfs"] {
  return (pod.spec.volumes ?? [])
    .filter(({ emptyDir }) => emptyDir?.medium === "Memory")
    .map(({ name, emptyDir }) => ({
      folder: pathOfVolume({ folder }, name),
      ...(emptyDir?.sizeLimit !== undefined && { bytes: quantityCeil(parseQuantity(emptyDir.sizeLimit)) }),
    }));
}

/** Makes what a container mounts; answers the binds in an order in which outer targets come first. Throws ConfigError. */
export function containerBinds(pod: Pod, container: Container, env: Files, context: VolumeContext): readonly Bind[] {
  const binds = (container.volumeMounts ?? []).map((mount): Bind => {
    const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
    if (!volume) throw new ConfigError(`volumeMount ${mount.name} names no volume`);
    const root = makeVolume(pod, volume, context);
    const below = mount.subPathExpr ? expand(mount.subPathExpr, env) : mount.subPath;
    const source = below ? join(root, below) : root;
    if (below && !source.startsWith(`${root}/`)) throw new ConfigError(`subPath ${below} leaves its volume`);
    if (below && !existsSync(source)) mkdirSync(source, { recursive: true });
    return { source, target: mount.mountPath, readOnly: mount.readOnly === true };
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
  const place = join(folder, "serviceaccount");
  mkdirSync(place, { recursive: true });
  writeFiles(
    place,
    { token: serviceAccount.token, "ca.crt": serviceAccount.ca, namespace: pod.metadata.namespace ?? "default" },
    0o600,
  );
  return { source: place, target: accountPath.replace("/var/run", "/run"), readOnly: true };
}

/** The pod's own /etc/hosts, /etc/hostname and /etc/resolv.conf. */
export function etcBinds(
  pod: Pod,
  folder: string,
  network: { readonly ip: string; readonly hostname: string; readonly nameserver: string },
): readonly Bind[] {
  const namespace = pod.metadata.namespace ?? "default";
  const { subdomain } = pod.spec;
  const own = subdomain
    ? `${network.hostname}.${subdomain}.${namespace}.svc.cluster.local ${network.hostname}`
    : network.hostname;
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join(" ")}`);
  const files: Files = {
    hosts: [
      "127.0.0.1\tlocalhost",
      "::1\tlocalhost ip6-localhost ip6-loopback",
      `${network.ip}\t${own}`,
      ...aliases,
      "",
    ].join("\n"),
    hostname: `${network.hostname}\n`,
    "resolv.conf": `nameserver ${network.nameserver}\nsearch ${namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`,
  };
  const place = join(folder, "etc");
  mkdirSync(place, { recursive: true });
  writeFiles(place, files, 0o644);
  return Object.keys(files)
    .filter((name) => existsSync(`/etc/${name}`))
    .map((name) => ({ source: join(place, name), target: `/etc/${name}` }));
}
