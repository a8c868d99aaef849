/** The kubelet's folders, and what of an earlier kubelet's is kept in them. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "../../api/core/pod.ts";
import { command } from "./runtime/processes.ts";

export interface Folders {
  /** Logs, one folder a pod; they outlive the pod, and whoever wants them gone removes them. */
  readonly logs: string;
  /** What pods have on disk while they are there, one folder a pod, by uid. */
  readonly run: string;
  /** Claims, one folder each, by uid. */
  readonly claims: string;
  /** What is to be removed when there is time. */
  readonly trash: string;
}

const entriesOf = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

const isDenied = (error: unknown) => ["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "");

/** Removes a folder with all in it, or nothing if it is not there. An overlay leaves folders that not even their owner may enter. */
export async function removeTree(folder: string): Promise<void> {
  const options = { recursive: true, force: true };
  try {
    await rm(folder, options);
  } catch (error) {
    if (!isDenied(error)) throw error;
    await command("chmod", "-R", "u+rwx", folder);
    await rm(folder, options);
  }
}

/** Makes the folders below `root`, and removes what belongs to none of `pods` any more. */
export async function prepareFolders(root: string, pods: readonly Pod[]): Promise<Folders> {
  const folders = {
    logs: join(root, "pods"),
    run: join(root, "run"),
    claims: join(root, "claims"),
    trash: join(root, "trash"),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o755 });
  const uids = new Set(pods.map(({ metadata }) => metadata.uid));
  await removeTree(folders.trash);
  mkdirSync(folders.trash, { mode: 0o700 });
  const left = entriesOf(folders.run).filter((uid) => !uids.has(uid));
  await Promise.all(left.map((uid) => removeTree(join(folders.run, uid))));
  return folders;
}

/** Moves a folder out of sight, if it is there: to remove all that a pod left takes longer than a short pod itself. */
export function discard(folder: string, trash: string): void {
  if (existsSync(folder)) renameSync(folder, join(mkdtempSync(join(trash, "pod-")), "left"));
}

/** Removes what was discarded. */
export async function emptyTrash(trash: string): Promise<void> {
  for (const name of entriesOf(trash)) await removeTree(join(trash, name));
}
