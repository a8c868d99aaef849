/** Logs of pods that no longer exist: the local cluster keeps their files. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { containerNames } from "../../api/containers.ts";
import { beginsLine, type Entry, parseEntry } from "../../local/kubelet/logs/entries.ts";
import type { LogLine } from "./log-stream.ts";
import type { Paths } from "../program/paths.ts";

export interface KeptPod {
  readonly name: string;
  readonly uid: string;
  /** In milliseconds since 1970, when it last wrote something. */
  readonly time: number;
  /** By container, the file of each run, the oldest first. */
  readonly runs: ReadonlyMap<string, readonly string[]>;
}

interface KeptFile {
  readonly folder: string;
  readonly container: string;
  readonly run: number;
  readonly file: string;
}

function parsePath(root: string, path: string): KeptFile {
  const [folder = "", container = "", run = ""] = path.split("/");
  return { folder, container, run: Number.parseInt(run, 10), file: join(root, path) };
}

function toKeptPod(folder: string, files: readonly KeptFile[]): KeptPod {
  const [, name = "", uid = ""] = folder.split("_");
  const byContainer = Map.groupBy(files, ({ container }) => container);
  const runs = new Map(
    [...byContainer].map(
      ([container, some]) => [container, some.toSorted((a, b) => a.run - b.run).map(({ file }) => file)] as const,
    ),
  );
  return { name, uid, runs, time: Math.max(...files.map(({ file }) => statSync(file).mtimeMs)) };
}

/** Pods whose name begins with the experiment's and that left a log. */
export function keptPods(paths: Paths, namespace: string, experiment: string): readonly KeptPod[] {
  const root = join(paths.state, "pods");
  if (!existsSync(root)) return [];
  const files = globSync(`${namespace}_${experiment}-*/*/*.log`, { cwd: root }).map((path) => parsePath(root, path));
  return [...Map.groupBy(files, ({ folder }) => folder)].map(([folder, some]) => toKeptPod(folder, some));
}

/** Containers that prepare or accompany: the log that is meant is seldom theirs. */
const secondary = new Set<string>([
  containerNames.waitForRanks,
  containerNames.waitForHead,
  containerNames.tensorboard,
]);

/** The container whose log is the pod's. */
export function mainContainer({ runs }: KeptPod): string | undefined {
  const names = [...runs.keys()].toSorted();
  return names.find((name) => !secondary.has(name)) ?? names[0];
}

/** The lines of a log file, put together from their parts. */
function linesOfFile(file: string): readonly LogLine[] {
  const lines: { time: string; text: string }[] = [];
  let before: Entry | undefined;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const entry = parseEntry(Buffer.from(line));
    if (!entry) continue;
    const text = entry.text.toString();
    const last = lines.at(-1);
    if (last && !beginsLine(entry, before)) last.text += text;
    else lines.push({ time: entry.time, text });
    before = entry;
  }
  return lines;
}

export interface KeptRequest {
  readonly container?: string;
  readonly previous?: boolean;
  readonly tailLines?: number;
  /** RFC 3339: only lines from then on. */
  readonly since?: string;
}

/** The lines of a container's last run, or of the one before. */
export function keptLines(
  pod: KeptPod,
  { container, previous, tailLines, since = "" }: KeptRequest,
): readonly LogLine[] {
  const files = pod.runs.get(container ?? mainContainer(pod) ?? "") ?? [];
  const file = files.at(previous ? -2 : -1);
  const all = file ? linesOfFile(file) : [];
  const lines = all.filter(({ time }) => time >= since);
  return tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - tailLines));
}
