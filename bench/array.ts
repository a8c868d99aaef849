/**
 * examples/jobset's 20 workers, all at once, against a shell loop that starts the same 20 processes: one after the other,
 * and with `&` and `wait`. Rounds of all three, one after the other. Windlass is the packed tarball, as people install it.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Call, installPacked, machineEnv, succeed } from "../test/e2e/packed.ts";
import { root } from "../test/e2e/windlass.ts";
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
function workersOnly(machine: string): string {
  const folder = join(machine, "array");
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

/** Seconds that a command takes, and what it prints. */
function timed(command: readonly string[], where: Call): { readonly seconds: number; readonly output: string } {
  const began = performance.now();
  const output = succeed(command, where);
  return { seconds: (performance.now() - began) / 1000, output };
}

function shellSeconds(script: string, where: Call): number {
  const { seconds, output } = timed(["bash", "-c", script], where);
  checkLines(output);
  return seconds;
}

function windlassSeconds(windlass: string, where: Call): number {
  const { seconds, output } = timed([windlass, "run"], where);
  if (!output.includes("Succeeded")) throw new Error(output);
  checkLines(succeed([windlass, "logs", "latest", "--all"], where));
  return seconds;
}

interface Round {
  readonly ours: number;
  readonly oneByOne: number;
  readonly atOnce: number;
}

function measure(windlass: string, where: Call): readonly Round[] {
  succeed([windlass, "up"], where);
  try {
    windlassSeconds(windlass, where);
    return Array.from({ length: rounds }, () => ({
      ours: windlassSeconds(windlass, where),
      oneByOne: shellSeconds(sequential, where),
      atOnce: shellSeconds(parallel, where),
    }));
  } finally {
    succeed([windlass, "down"], where);
  }
}

function figuresOf(times: readonly Round[]): readonly Figure[] {
  const ours = median(times.map((time) => time.ours));
  const ratio = (name: string, other: readonly number[]): Figure => {
    const value = ours / median(other);
    return { name, value, unit: "x", goal: "≤ 1.5 x", reached: value <= 1.5 };
  };
  const [oneByOne, atOnce] = [times.map((time) => time.oneByOne), times.map((time) => time.atOnce)];
  return [
    { name: `${pods} pods, windlass run to its end`, value: ours, unit: "s", goal: "", reached: true },
    ratio("… to a shell loop, one process after the other", oneByOne),
    ratio("… to a shell loop with & and wait", atOnce),
  ];
}

export function arrayBench(): readonly Figure[] {
  const machine = mkdtempSync("/var/tmp/windlass-bench-array-");
  try {
    const where = { cwd: workersOnly(machine), env: machineEnv(join(machine, "home")) };
    return figuresOf(measure(installPacked(machine, where), where));
  } finally {
    rmSync(machine, { recursive: true, force: true });
  }
}
