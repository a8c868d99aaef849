/** Ray's own logs (`raylet.out`, `gcs_server.out`, those of workers) of an experiment on the local cluster: of pods that run, and as kept of those that ended. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Experiment } from "../../api/experiment/types.ts";
import { formatHumanBytes } from "../../machinery/human-quantity.ts";
import { rayLogErrors } from "../errors/ray-logs.ts";
import { nameOf, podsOf } from "../experiments/find.ts";
import { type Io, writeLine } from "../program/io.ts";
import { formatColumns } from "../display/columns.ts";
import type { Paths } from "../program/paths.ts";
import type { Target } from "../connect/target.ts";

export interface RayLog {
  /** `POD/FILE`, as a person names it. */
  readonly name: string;
  readonly file: string;
  readonly size: number;
}

const sizeIfThere = (file: string) => statSync(file, { throwIfNoEntry: false })?.size;

/** Files that go while they are listed are left out: Ray replaces some, and a pod that ends takes its folder with it. */
export function filesBelow(folder: string, pod: string, sizeOf = sizeIfThere): readonly RayLog[] {
  const found = globSync("**/*", { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
  return found.flatMap((entry) => {
    const file = join(entry.parentPath, entry.name);
    const size = sizeOf(file);
    return size === undefined ? [] : [{ name: `${pod}/${file.slice(folder.length + 1)}`, file, size }];
  });
}

/** Of pods that are gone or have ended; of a container that ran several times, the last. */
function keptLogs(paths: Paths, namespace: string, experiment: string): readonly RayLog[] {
  const root = join(paths.state, "pods");
  if (!existsSync(root)) return [];
  const folders = globSync(`${namespace}_${experiment}-*/*/*.ray`, { cwd: root }).map((path) => join(root, path));
  const byContainer = Map.groupBy(folders, dirname);
  return [...byContainer].flatMap(([container, runs]) => {
    const last = runs.toSorted((a, b) => Number.parseInt(basename(a), 10) - Number.parseInt(basename(b), 10)).at(-1);
    const [, pod = ""] = basename(dirname(container)).split("_");
    return last === undefined ? [] : filesBelow(last, pod);
  });
}

function livingLogs(paths: Paths, pod: string, uid: string): readonly RayLog[] {
  const root = join(paths.state, "run", uid);
  if (!existsSync(root)) return [];
  const folders = globSync("containers/*/*/tmp/ray/session_2*/logs", { cwd: root }).toSorted();
  return folders.slice(-1).flatMap((folder) => filesBelow(join(root, folder), pod));
}

async function findRayLogs(target: Target, paths: Paths, experiment: Experiment): Promise<readonly RayLog[]> {
  const pods = await podsOf(target, experiment);
  const living = pods.flatMap((pod) => livingLogs(paths, nameOf(pod), pod.metadata.uid ?? ""));
  const kept = keptLogs(paths, target.namespace, nameOf(experiment));
  return [...living, ...kept].filter(({ size }) => size > 0).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The one that is meant: its whole name, or a part that only it has. Throws UserError. */
export function chooseRayLog(logs: readonly RayLog[], wanted: string): RayLog {
  const exact = logs.find(({ name }) => name === wanted);
  const partial = logs.filter(({ name }) => name.includes(wanted));
  const [first] = partial;
  if (exact) return exact;
  if (!first) throw rayLogErrors.RAY_LOG_NOT_FOUND(wanted);
  if (partial.length > 1) throw rayLogErrors.RAY_LOG_AMBIGUOUS(wanted, partial.map(({ name }) => name).slice(0, 5));
  return first;
}

/** A pod that ends between the search and the reading has had its logs moved to where they are kept. */
async function readRayLog(find: () => Promise<readonly RayLog[]>, wanted: string): Promise<Buffer> {
  const { file } = chooseRayLog(await find(), wanted);
  return existsSync(file) ? readFileSync(file) : readFileSync(chooseRayLog(await find(), wanted).file);
}

/** With `true` the list, with a name that file. Throws UserError. */
export async function printRayLogs(
  io: Io,
  target: Target,
  { experiment, wanted }: { readonly experiment: Experiment; readonly wanted: string | true },
): Promise<number> {
  const name = nameOf(experiment);
  if (!target.local) throw rayLogErrors.RAY_LOGS_ELSEWHERE(name);
  const { local } = target;
  const find = async () => {
    const logs = await findRayLogs(target, local, experiment);
    if (logs.length === 0) throw rayLogErrors.NO_RAY_LOGS(name);
    return logs;
  };
  if (wanted !== true) {
    io.stdout.write(await readRayLog(find, wanted));
    return 0;
  }
  const logs = await find();
  writeLine(
    io,
    formatColumns(
      ["FILE", "SIZE"],
      logs.map((log) => [log.name, formatHumanBytes(log.size)]),
    ),
  );
  return 0;
}
