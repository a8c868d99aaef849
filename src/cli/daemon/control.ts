/** Starting, finding and stopping the background local cluster from another process. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Paths } from "../paths.ts";
import { UserError } from "../user-error.ts";
import { isAlive, readRecord, type ServerRecord } from "./record.ts";

export interface UpOptions {
  /** CPUs and memory (quantity) that the one node advertises; the machine's own when absent. */
  readonly cpus?: string;
  readonly memory?: string;
  readonly gpus?: string;
  readonly network?: string;
  readonly port?: string;
}

const program = fileURLToPath(new URL("../../../bin/windlass.mjs", import.meta.url));
const startDeadlineMs = 30_000;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function serveArguments(options: UpOptions): string[] {
  const flags = Object.entries(options).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return ["serve-local", ...flags.flatMap(([name, value]) => [`--${name}`, value])];
}

/** Tail of the daemon's log since `from`, for the error shown when it does not come up. */
function logTail(file: string, from: number): string {
  if (!existsSync(file)) return "";
  const text = readFileSync(file, "utf8").slice(from);
  return text.trim().split("\n").slice(-8).join("\n");
}

/**
 * Starts the local cluster in the background and waits until it answers. Resolves with the running one,
 * `started: false`, when there is one already.
 */
export async function up(
  paths: Paths,
  options: UpOptions,
  env: NodeJS.ProcessEnv,
): Promise<{ record: ServerRecord; started: boolean }> {
  const running = readRecord(paths.server);
  if (running) return { record: running, started: false };
  mkdirSync(paths.state, { recursive: true, mode: 0o700 });
  if (existsSync(paths.log)) renameSync(paths.log, `${paths.log}.1`);
  const log = openSync(paths.log, "a", 0o600);
  const child = spawn(process.execPath, [program, ...serveArguments(options)], {
    detached: true,
    stdio: ["ignore", log, log],
    env,
    cwd: "/",
  });
  closeSync(log);
  let failure: Error | undefined;
  let exited = false;
  child.once("error", (error) => (failure = error));
  child.once("exit", () => (exited = true));
  child.unref();
  for (const deadline = Date.now() + startDeadlineMs; Date.now() < deadline; await sleep(25)) {
    const record = readRecord(paths.server);
    if (record) return { record, started: true };
    if (failure || exited) break;
  }
  throw new UserError(
    "LOCAL_CLUSTER_FAILED",
    `the local cluster did not start:\n${failure?.message ?? logTail(paths.log, 0)}`,
    {
      remedy: `the whole log is in ${paths.log}`,
      cause: failure,
    },
  );
}

/** Stops the local cluster; false when none was running. Escalates to SIGKILL after `graceMs`. */
export async function down(paths: Paths, graceMs = 40_000): Promise<boolean> {
  const record = readRecord(paths.server);
  if (!record) return false;
  process.kill(record.pid, "SIGTERM");
  for (const deadline = Date.now() + graceMs; Date.now() < deadline; await sleep(25)) {
    if (!isAlive(record)) return true;
  }
  process.kill(record.pid, "SIGKILL");
  return true;
}
