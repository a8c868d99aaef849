/** Outputs of experiments as folders of this machine that can be removed. Buckets, and other clusters, are left alone. */
import { basename } from "node:path";
import type { Experiment } from "../../api/experiment/types.ts";
import { uidPattern } from "../../machinery/names.ts";
import { entriesOf, makeLeftover } from "../daemon/leftovers.ts";
import { selectionErrors } from "../errors/selection.ts";
import { isFolder } from "../submit/find-manifest.ts";
import { nameOf } from "../experiments/find.ts";
import type { Target } from "../connect/target.ts";
import { folderStore } from "./folder-store.ts";

export interface OutputFolder {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Whether there is no file in it, however many folders. */
  readonly isEmpty: boolean;
  readonly usedAt: Date;
}

const idOf = ({ spec, metadata }: Experiment): string => spec.id ?? metadata.uid ?? "";

async function inspect(path: string, changedAt: Date): Promise<OutputFolder> {
  const files = await folderStore(path).list();
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { name: basename(path), path, bytes, isEmpty: files.length === 0, usedAt: changedAt };
}

/** Of experiments of the local cluster. The folder is named by the experiment's id: nothing else is ever touched. */
export async function outputFoldersOf(
  target: Target,
  experiments: readonly Experiment[],
): Promise<readonly OutputFolder[]> {
  const found = experiments.map(async (experiment) => {
    const path = target.local && experiment.status?.outputs;
    if (!path?.startsWith("/") || basename(path) !== idOf(experiment) || !isFolder(path)) return [];
    return [await inspect(path, new Date(experiment.status?.endTime ?? 0))];
  });
  return (await Promise.all(found)).flat();
}

/** Folders below `root` that are outputs of no experiment, and checkpoints of none. */
export async function outputsOfNobody(
  root: string,
  experiments: readonly Experiment[],
): Promise<readonly OutputFolder[]> {
  const needed = new Set(experiments.flatMap((one) => [idOf(one), one.spec.resumeFrom]));
  const left = entriesOf(root).filter((name) => uidPattern.test(name) && !needed.has(name));
  return Promise.all(
    left.map((name) => makeLeftover(root, name)).map(({ path, changedAt }) => inspect(path, changedAt)),
  );
}

/** Throws UserError when another experiment's checkpoints lie in the outputs of one of `chosen`. */
export function requireUnused(chosen: readonly Experiment[], all: readonly Experiment[]): void {
  const going = new Set(chosen.map(idOf));
  for (const experiment of chosen) {
    const user = all.find((other) => other.spec.resumeFrom === idOf(experiment) && !going.has(idOf(other)));
    if (user) throw selectionErrors.OUTPUTS_IN_USE(nameOf(experiment), nameOf(user));
  }
}
