/**
 * examples/jobset's 20 workers, all at once, against a shell loop that starts the same 20 processes: one after the other,
 * and with `&` and `wait`. Rounds of all three, one after the other.
 */
import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { root, Windlass } from "../test/e2e/windlass.ts";
import { median } from "./median.ts";
import type { Figure } from "./figure.ts";

const rounds = 5;
const jobs = 5;
const podsPerJob = 4;
const pods = jobs * podsPerJob;
const example = join(root, "examples", "jobset");

interface ArrayManifest {
  readonly spec: { readonly command: string; readonly types: Readonly<Record<string, object>> };
}

/** The example with nothing but its workers, and all of them at once. */
function workersOnly(windlass: Windlass): string {
  const folder = join(windlass.home, "array");
  cpSync(example, folder, { recursive: true });
  const file = join(folder, "manifest.yaml");
  const manifest = parse(readFileSync(file, "utf8")) as ArrayManifest;
  const { worker } = manifest.spec.types;
  const shape = { count: jobs, completions: podsPerJob, parallelisms: podsPerJob };
  const spec = { ...manifest.spec, types: { worker: { ...worker, ...shape } } };
  writeFileSync(file, stringify({ ...manifest, spec }));
  return folder;
}

/** What a person would type. `each`: what follows the command, `last`: what follows the loop. */
const loop = (each: string, last: string) => `
for job in $(seq 0 ${jobs - 1}); do for pod in $(seq 0 ${podsPerJob - 1}); do
  REPLICATED_JOB_NAME=worker REPLICATED_JOB_REPLICAS=${jobs} GLOBAL_REPLICAS=${jobs} \
  JOB_INDEX=$job JOB_GLOBAL_INDEX=$job JOB_COMPLETION_INDEX=$pod python3 -u main.py ${each}
done; done; ${last}`;

const sequential = loop("", "");
const parallel = loop("&", "wait");

/** Ends of lines do not count: those of processes that share a pipe mix. */
function checkLines(text: string): void {
  if (text.split("type worker  job ").length - 1 !== pods)
    throw new Error(`expected a line of each of ${pods} pods:\n${text}`);
}

async function shellSeconds(script: string): Promise<number> {
  const started = performance.now();
  const { stdout } = await promisify(execFile)("bash", ["-c", script], { cwd: example });
  const seconds = (performance.now() - started) / 1000;
  checkLines(stdout);
  return seconds;
}

async function windlassSeconds(windlass: Windlass, folder: string): Promise<number> {
  const started = performance.now();
  const { status, output } = await windlass.run("run", folder);
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0 || !output.includes("Succeeded")) throw new Error(output);
  checkLines((await windlass.run("logs", "latest", "--all")).output);
  return seconds;
}

export async function arrayBench(): Promise<readonly Figure[]> {
  const windlass = new Windlass();
  try {
    const folder = workersOnly(windlass);
    await windlassSeconds(windlass, folder);
    const times: { readonly ours: number; readonly oneByOne: number; readonly atOnce: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      times.push({
        ours: await windlassSeconds(windlass, folder),
        oneByOne: await shellSeconds(sequential),
        atOnce: await shellSeconds(parallel),
      });
    }
    const ours = median(times.map((time) => time.ours));
    const ratio = (other: readonly number[], name: string): Figure => {
      const value = ours / median(other);
      return { name, value, unit: "x", goal: "≤ 1.5 x", reached: value <= 1.5 };
    };
    return [
      { name: `${pods} pods, windlass run to its end`, value: ours, unit: "s", goal: "", reached: true },
      ratio(
        times.map((time) => time.oneByOne),
        "… to a shell loop, one process after the other",
      ),
      ratio(
        times.map((time) => time.atOnce),
        "… to a shell loop with & and wait",
      ),
    ];
  } finally {
    await windlass.stop();
  }
}
