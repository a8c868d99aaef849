/** Starting, finding and stopping the background local cluster from another process. */
import { spawn } from "node:child_process";
import { accessSync, closeSync, constants, existsSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "../../runtime/make-folder.ts";
import { packageRoot } from "../../runtime/package-root.ts";
import { clusterErrors } from "../errors/cluster.ts";
import type { Paths } from "../program/paths.ts";
import { isAlive, occupiedStatus, readRecord, type ServerRecord } from "./record.ts";

export interface UpOptions {
  /** CPUs and memory (quantity) that the one node advertises; the machine's own when absent. */
  readonly cpus?: string;
  readonly memory?: string;
  readonly gpus?: string;
  readonly network?: string;
  readonly port?: string;
  /** Folders in full, or `s3://BUCKET/PREFIX`. */
  readonly outputs?: string;
  readonly inputs?: string;
  readonly featureGates?: string;
}

const program = join(packageRoot, "bin", "windlass.mjs");
const startDeadlineMs = 30_000;

function serveArguments(options: UpOptions): string[] {
  const flags = Object.entries(options).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const flagOf = (name: string) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return ["serve-local", ...flags.flatMap(([name, value]) => [flagOf(name), value])];
}

/** Tail of the daemon's log since `from`, for the error shown when it does not come up. */
function logTail(file: string, from: number): string {
  if (!existsSync(file)) return "";
  return readFileSync(file).subarray(from).toString().trim().split("\n").slice(-8).join("\n");
}

const logLimitBytes = 10 * 1024 * 1024;

/** Opens the daemon's log to append to, turned over when it is long; answers where the new part begins. */
function openLog(file: string): { readonly fd: number; readonly from: number } {
  if (existsSync(file) && statSync(file).size > logLimitBytes) renameSync(file, `${file}.1`);
  const fd = openSync(file, "a", 0o600);
  return { fd, from: statSync(file).size };
}

interface Launched {
  readonly pid: number | undefined;
  /** Set when it is no more. */
  exit(): number | undefined;
  problem(): string;
}

function launch(paths: Paths, options: UpOptions, env: NodeJS.ProcessEnv): Launched {
  const { fd, from } = openLog(paths.log);
  const child = spawn(process.execPath, [program, ...serveArguments(options)], {
    detached: true,
    stdio: ["ignore", fd, fd],
    env,
    cwd: "/",
  });
  closeSync(fd);
  let failure: Error | undefined;
  let exit: number | undefined;
  child.once("error", (error) => {
    failure = error;
    exit = 1;
  });
  child.once("exit", (code) => (exit = code ?? 1));
  child.unref();
  return { pid: child.pid, exit: () => exit, problem: () => failure?.message ?? logTail(paths.log, from) };
}

function makeState(folder: string): void {
  try {
    makeFolder(folder, 0o700);
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw clusterErrors.STATE_UNWRITABLE(folder, (cause as Error).message).because(cause);
  }
}

/**
 * Starts the local cluster in the background and waits until it answers. Resolves with the running one,
 * `started: false`, when there is one already, or another `up` was faster. One that is on its way down is waited for.
 */
export async function up(
  paths: Paths,
  options: UpOptions,
  env: NodeJS.ProcessEnv,
): Promise<{ record: ServerRecord; started: boolean }> {
  const running = readRecord(paths.server);
  if (running) return { record: running, started: false };
  makeState(paths.state);
  let launched = launch(paths, options, env);
  for (const deadline = Date.now() + startDeadlineMs; Date.now() < deadline; await sleep(25)) {
    const record = readRecord(paths.server);
    if (record) return { record, started: record.pid === launched.pid };
    const exit = launched.exit();
    if (exit === undefined) continue;
    if (exit !== occupiedStatus) break;
    await sleep(250);
    if (!readRecord(paths.server)) launched = launch(paths, options, env);
  }
  throw clusterErrors.LOCAL_CLUSTER_FAILED(launched.problem(), paths.log);
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
