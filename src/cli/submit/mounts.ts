/** Folders of this machine for an experiment's pods: what `--mount` says, and whether they are there before anything runs. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { Node } from "../../api/core/kinds.ts";
import type { FolderMount } from "../../api/experiment/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import { machineSilentMounts, silentMountOf } from "../../local/kubelet/runtime/silent-mounts.ts";
import { parseManifest } from "../../manifest/index.ts";
import { mountsErrors } from "../errors/mounts.ts";
import type { Target } from "../connect/target.ts";

function parseMount(given: string, cwd: string): FolderMount {
  const [source = "", target, mode = "ro", ...rest] = given.split(":");
  const hostPath = resolve(cwd, source);
  const mountPoint = target === undefined ? hostPath : target.replace(/(?<=.)\/+$/, "");
  const refused = (reason: string) => mountsErrors.MOUNT_INVALID(given, reason);
  if (source === "" || rest.length > 0) throw refused("expected FOLDER:PATH");
  if (mode !== "ro" && mode !== "rw") throw refused(`expected ro or rw, not "${mode}"`);
  if (!/^\/./.test(mountPoint) || mountPoint.split("/").includes(".."))
    throw refused(`"${mountPoint}" is not an absolute path`);
  return { hostPath, mountPoint, readOnly: mode === "ro" };
}

/** `FOLDER[:PATH[:ro|rw]]`; relative folders are below `cwd`. Throws UserError. */
export function parseMounts(given: readonly string[], cwd: string): readonly FolderMount[] {
  const seen = new Set<string>();
  return given.map((text) => {
    const mount = parseMount(text, cwd);
    if (seen.has(mount.mountPoint)) throw mountsErrors.MOUNT_INVALID(text, `${mount.mountPoint} is already mounted`);
    seen.add(mount.mountPoint);
    return mount;
  });
}

function requireFolder(where: string, path: string, silent: readonly string[]): void {
  const mount = silentMountOf(path, silent);
  if (mount) throw mountsErrors.MOUNT_SILENT(where, path, mount);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw mountsErrors.MOUNT_SOURCE(where, path, "does not exist");
  if (!found.isDirectory())
    throw mountsErrors.MOUNT_SOURCE(where, path, "is not a folder; mount the folder that contains it");
}

/** On the local cluster: refuses folders that are missing, and what the node cannot mount. Throws UserError. */
export async function checkMounts(target: Target, manifestText: string, mounts: readonly FolderMount[]): Promise<void> {
  const { manifest } = parseManifest(manifestText, { file: "manifest.yaml" });
  const own = manifest?.spec.storage?.mounts ?? [];
  const silent = mounts.length + own.length > 0 ? await machineSilentMounts(() => {}).find() : [];
  for (const { hostPath } of mounts) requireFolder("--mount", hostPath, silent);
  for (const [index, { hostPath, mountPoint }] of own.entries()) {
    if (!mounts.some((mount) => mount.mountPoint === mountPoint))
      requireFolder(`spec.storage.mounts[${index}].hostPath`, hostPath, silent);
  }
  const moved = [...mounts, ...own].find(({ hostPath, mountPoint }) => hostPath !== mountPoint);
  if (!moved) return;
  const { items } = await target.client.list<KubeObject>(Node);
  if (items[0]?.metadata.annotations?.["windlass.dev/mounts"] === "false")
    throw mountsErrors.MOUNT_UNAVAILABLE(moved.hostPath, moved.mountPoint);
}
