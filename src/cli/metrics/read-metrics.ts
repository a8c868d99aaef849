/** The metrics that an experiment left in its outputs: TensorBoard's event files, and files of JSON lines. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OutputFile, OutputStore } from "../outputs/store.ts";
import { readJsonLines } from "./json-lines.ts";
import { mergeMetrics, type Metrics } from "./metric.ts";
import { readEvents } from "./tensorboard-events.ts";

/** Larger ones hold pictures or predictions. */
const largestBytes = 256 << 20;

const isEvents = (name: string) => name.includes("tfevents");
const isJsonLines = (name: string) => /^(?:.*metrics.*|results?|progress|log)\.jsonl?$/i.test(name);
const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** Files that hold metrics, the oldest first: what was written last wins. Pure. */
export function metricFiles(files: readonly OutputFile[]): readonly OutputFile[] {
  return files
    .filter(({ path, bytes }) => bytes <= largestBytes && (isEvents(baseName(path)) || isJsonLines(baseName(path))))
    .toSorted((a, b) => a.modified.getTime() - b.modified.getTime());
}

/** The folder of a file as the beginning of its metrics' names: `tensorboard/val/events…` has `val/loss`. Pure. */
export function prefixOf(path: string): string {
  const folders = path.split("/").slice(0, -1);
  const below = folders[0] === "tensorboard" ? folders.slice(1) : folders;
  return below.map((folder) => `${folder}/`).join("");
}

const withPrefix = (metrics: Metrics, prefix: string): Metrics =>
  new Map([...metrics].map(([name, metric]) => [prefix + name, metric]));

export async function readMetrics(store: OutputStore, files: readonly OutputFile[]): Promise<Metrics> {
  const wanted = metricFiles(files);
  if (wanted.length === 0) return new Map();
  const folder = await mkdtemp(join(tmpdir(), "windlass-metrics-"));
  try {
    const all: Metrics[] = [];
    for (const file of wanted) {
      const copy = join(folder, "file");
      await store.download(file, copy);
      const found = isEvents(baseName(file.path))
        ? readEvents(await readFile(copy))
        : readJsonLines(await readFile(copy, "utf8"));
      all.push(withPrefix(found, prefixOf(file.path)));
    }
    return mergeMetrics(all);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
