/** examples/kuberay as somebody without Windlass types it: `ray start` per node, then `ray job submit`. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { processesWith, root } from "../test/e2e/windlass.ts";
import { secondsUntilLine } from "./lines.ts";

const example = join(root, "examples", "kuberay");
const mark = "WINDLASS_BENCH_BY_HAND";
const gcs = "127.0.0.1:6391";
const dashboard = "http://127.0.0.1:8291";
const node = "--num-cpus 1 --object-store-memory 100000000 --disable-usage-stats";

const head = (folder: string) =>
  `RAY_NODE_TYPE_NAME=headgroup ray start --head --port 6391 --dashboard-port 8291 --temp-dir ${folder} ${node} --resources '{"head":100000}'`;
const worker = (group: string) =>
  `RAY_NODE_TYPE_NAME=${group} ray start --address ${gcs} ${node} --resources '{"${group}":100000}'`;
const workers = ["cpu-small", "cpu-small", "cpu-big"].map(worker);
const submit = `ray job submit --address ${dashboard} --working-dir ${example} -- python3 -u main.py --steps 5`;

/** One command after the other: nodes of one machine that start at the same instant take each other's ports. */
const typed = (folder: string) => [head(folder), ...workers, submit].join("\n");

/** The marked processes and their children: Ray's agents overwrite their environment, and outlive a killed raylet. */
function family(marked: string): readonly number[] {
  const pids = new Set(processesWith(marked));
  const table = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" });
  for (const line of table.trim().split("\n")) {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    if (pids.has(parent)) pids.add(pid);
  }
  return [...pids];
}

/** Signal 9; a process that is gone already is what we want. */
function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}

/** Seconds from the first command to the first line which the user's program printed. `bin`: the folder of `ray`. */
export async function byHand(bin: string): Promise<number> {
  const folder = mkdtempSync("/tmp/ray-");
  const env = { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}`, [mark]: folder };
  const child = spawn("bash", ["-ec", typed(folder)], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  try {
    return await secondsUntilLine(child, /^connected to a Ray cluster of 4 nodes/);
  } finally {
    family(`${mark}=${folder}`).forEach(end);
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
