/** The kubelet's folders, and what of an earlier kubelet's is kept in them. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "../../api/core/pod.ts";

export interface Folders {
  /** Logs, one folder a pod; they outlive the pod. */
  readonly logs: string;
  /** What pods have on disk while they are there, one folder a pod, by uid. */
  readonly run: string;
  /** Claims, one folder each, by namespace. */
  readonly claims: string;
}

const keptPodLogs = 1000;

const entriesOf = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Logs of pods from long ago go, the oldest first; those of `pods` never. */
function dropOldLogs(folder: string, pods: readonly Pod[]): void {
  const names = new Set(pods.map(({ metadata }) => `${metadata.namespace}_${metadata.name}_${metadata.uid}`));
  const old = entriesOf(folder)
    .filter((name) => !names.has(name))
    .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { name } of old.slice(keptPodLogs)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** Makes the folders below `root`, and removes what belongs to none of `pods` any more. */
export function prepareFolders(root: string, pods: readonly Pod[]): Folders {
  const folders = { logs: join(root, "pods"), run: join(root, "run"), claims: join(root, "claims") };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o755 });
  const uids = new Set(pods.map(({ metadata }) => metadata.uid));
  for (const uid of entriesOf(folders.run)) {
    if (!uids.has(uid)) rmSync(join(folders.run, uid), { recursive: true, force: true });
  }
  dropOldLogs(folders.logs, pods);
  return folders;
}
