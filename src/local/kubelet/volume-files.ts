/** Volumes whose content comes from the API: ConfigMaps, Secrets, the downward API, and projections of them. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EnvVarSource, KeyToPath, Pod, Volume } from "../../api/core/pod.ts";
import { ConfigError, type EnvSources, podField, resourceField } from "./env.ts";

export interface ServiceAccount {
  readonly token: string;
  readonly ca: string;
}

export interface VolumeFile {
  /** Relative to the volume. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

interface FileContext {
  readonly sources: EnvSources;
  readonly serviceAccount: ServiceAccount;
}

interface DataSource {
  readonly name: string;
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
}

interface DownwardItem {
  readonly path: string;
  readonly mode?: number;
  readonly fieldRef?: { readonly fieldPath: string };
  readonly resourceFieldRef?: NonNullable<EnvVarSource["resourceFieldRef"]>;
}

interface ProjectedSource {
  readonly configMap?: DataSource;
  readonly secret?: DataSource;
  readonly downwardAPI?: { readonly items?: readonly DownwardItem[] };
  readonly serviceAccountToken?: { readonly path: string };
}

const plainMode = 0o644;

function dataFiles(
  kind: "configmap" | "secret",
  source: DataSource,
  sources: EnvSources,
  mode: number,
): readonly VolumeFile[] {
  const data = kind === "configmap" ? sources.configMap(source.name) : sources.secret(source.name);
  if (!data && !source.optional) throw new ConfigError(`${kind} "${source.name}" not found`);
  if (!data) return [];
  if (!source.items) return Object.entries(data).map(([path, content]) => ({ path, content, mode }));
  return source.items.flatMap(({ key, path, mode: own }) => {
    const content = data[key];
    if (content === undefined && !source.optional) throw new ConfigError(`${kind} "${source.name}" has no key ${key}`);
    return content === undefined ? [] : [{ path, content, mode: own ?? mode }];
  });
}

function downwardFiles(
  pod: Pod,
  items: readonly DownwardItem[] = [],
  sources: EnvSources,
  mode: number,
): readonly VolumeFile[] {
  const [own] = pod.spec.containers;
  return items.map(({ path, fieldRef, resourceFieldRef, mode: given }) => {
    const resource = resourceFieldRef && own ? resourceField(pod, own, resourceFieldRef, sources.allocatable) : "";
    const content = fieldRef ? (podField(pod, fieldRef.fieldPath, sources) ?? "") : resource;
    return { path, content, mode: given ?? mode };
  });
}

function projectedFiles(
  pod: Pod,
  list: readonly ProjectedSource[],
  context: FileContext,
  mode: number,
): readonly VolumeFile[] {
  const { sources, serviceAccount } = context;
  return list.flatMap(({ configMap, secret, downwardAPI, serviceAccountToken }) => [
    ...(configMap ? dataFiles("configmap", configMap, sources, mode) : []),
    ...(secret ? dataFiles("secret", secret, sources, mode) : []),
    ...(downwardAPI ? downwardFiles(pod, downwardAPI.items, sources, mode) : []),
    ...(serviceAccountToken ? [{ path: serviceAccountToken.path, content: serviceAccount.token, mode: 0o600 }] : []),
  ]);
}

/** What the volume holds; nothing for one that is only a folder. Throws ConfigError for what it names and is not there. */
export function volumeFiles(pod: Pod, volume: Volume, context: FileContext): readonly VolumeFile[] {
  const { configMap, secret, projected, downwardAPI } = volume;
  const { sources } = context;
  if (configMap) return dataFiles("configmap", configMap, sources, configMap.defaultMode ?? plainMode);
  if (secret)
    return dataFiles("secret", { ...secret, name: secret.secretName }, sources, secret.defaultMode ?? plainMode);
  if (projected) {
    const list = (projected.sources ?? []) as readonly ProjectedSource[];
    return projectedFiles(pod, list, context, projected.defaultMode ?? plainMode);
  }
  const items = downwardAPI?.items as readonly DownwardItem[] | undefined;
  return downwardAPI ? downwardFiles(pod, items, sources, downwardAPI.defaultMode ?? plainMode) : [];
}

/** Writes files below `folder`, each whole or not at all. Throws ConfigError for a path that leaves the folder. */
export function writeFiles(folder: string, files: readonly VolumeFile[]): void {
  for (const { path, content, mode } of files) {
    const file = join(folder, path);
    if (!file.startsWith(`${folder}/`)) throw new ConfigError(`volume path ${path} is outside its volume`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, content, { mode });
    renameSync(`${file}.new`, file);
  }
}
