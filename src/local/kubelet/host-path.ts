/** Paths of the machine as volumes, checked by their `type` as Kubernetes checks them. */
import { closeSync, mkdirSync, openSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Volume } from "../../api/core/pod.ts";
import { ConfigError } from "./env.ts";
import { silentMountOf } from "./runtime/silent-mounts.ts";

type HostPath = NonNullable<Volume["hostPath"]>;

/** Throws ConfigError for what leads into a mount that does not answer; it is not touched. */
export function refuseSilent(path: string, silent: readonly string[]): void {
  const mount = silentMountOf(path, silent);
  if (mount) throw new ConfigError(`cannot mount ${path}: the file system mounted at ${mount} does not answer`);
}

interface Check {
  readonly holds: (stats: Stats) => boolean;
  readonly failure: string;
}

const directory: Check = { holds: (stats) => stats.isDirectory(), failure: "is not a directory" };
const file: Check = { holds: (stats) => stats.isFile(), failure: "is not a file" };

const checks: Readonly<Record<string, Check>> = {
  Directory: directory,
  DirectoryOrCreate: directory,
  File: file,
  FileOrCreate: file,
  Socket: { holds: (stats) => stats.isSocket(), failure: "is not a socket file" },
  CharDevice: { holds: (stats) => stats.isCharacterDevice(), failure: "is not a character device" },
  BlockDevice: { holds: (stats) => stats.isBlockDevice(), failure: "is not a block device" },
};

function make(path: string, type: string): void {
  try {
    if (type === "DirectoryOrCreate") mkdirSync(path, { recursive: true });
    // Kubernetes makes the file, not the folders above it.
    else if (statSync(dirname(path), { throwIfNoEntry: false })) closeSync(openSync(path, "a", 0o644));
  } catch (cause) {
    throw new ConfigError(`cannot create hostPath ${path}: ${(cause as Error).message}`);
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new ConfigError(`cannot read hostPath ${path}: ${(cause as Error).message}`);
  }
}

/**
 * The path, made first when its type says so. Throws ConfigError for what is not there or is something else. Without a
 * type, a container runtime would make an empty folder of a path that is missing; that is a mistake told too late.
 */
export function hostPath({ path, type = "" }: HostPath, silent: readonly string[]): string {
  refuseSilent(path, silent);
  const found = statsOf(path);
  if (!found && type.endsWith("OrCreate")) make(path, type);
  const stats = found ?? statsOf(path);
  const check = checks[type];
  if (check && !(stats && check.holds(stats))) {
    const missing = stats ? "" : " (it does not exist)";
    throw new ConfigError(`hostPath type check failed: ${path} ${check.failure}${missing}`);
  }
  if (!stats) throw new ConfigError(`hostPath ${path} does not exist on this machine`);
  return path;
}
