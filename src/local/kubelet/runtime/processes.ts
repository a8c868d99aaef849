/** Starting processes that die with this one, and finding and ending what they started. */
import { type ChildProcess, execFile } from "node:child_process";
import { accessSync, constants as fsConstants, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Exit } from "./types.ts";

const execute = promisify(execFile);

/** Where programs of the system are, whatever PATH a container asks for. */
export const systemPath = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/** Absolute path of a system program; its bare name where it is not found, so that starting it says so. */
export function tool(name: string): string {
  const paths = systemPath.split(":").map((folder) => join(folder, name));
  return paths.find(isExecutable) ?? name;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, fsConstants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a short command; rejects with what it printed on stderr. */
export async function command(name: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, PATH: `${systemPath}:${process.env["PATH"] ?? ""}` };
  try {
    const { stdout } = await execute(tool(name), args, { timeout: 30_000, env });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const text = stderr?.trim() || message;
    throw new Error(text.startsWith(`${name}: `) ? text : `${name}: ${text}`, { cause: error });
  }
}

export async function succeeds(name: string, ...args: readonly string[]): Promise<boolean> {
  try {
    await command(name, ...args);
    return true;
  } catch {
    return false;
  }
}

/** Process ids of the direct children of `pid`. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Sends a signal to a process, or to a group (negative id); one that is gone is no error. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // macOS answers EPERM for a group of which only zombies are left.
    if (code !== "ESRCH" && !(code === "EPERM" && pid < 0)) throw error;
  }
}

/** Exit code as a container has it: 128 + the signal for a process that was killed. */
function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  if (signal === null) return { code: code ?? 1 };
  const number = constants.signals[signal];
  return { code: 128 + number, signal: number };
}

/** Resolves when the process is gone; with `close`, when the streams that Node reads from it are at their end as well. */
export function exited(child: ChildProcess, event: "exit" | "close" = "exit"): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", () => resolve({ code: 127 }));
    child.once(event, (code: number | null, signal: NodeJS.Signals | null) => resolve(exitOf(code, signal)));
  });
}

/** Waits for `ready`; rejects with what the process printed on stderr, after `failure`, if it ends instead. */
export function untilReady(child: ChildProcess, ready: Promise<unknown>, failure: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    ready.then(() => resolve(), reject);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${failure}: ${complaint.trim() || `exit code ${code}`}`)));
  });
}

let deathSignal: Promise<boolean> | undefined;

/**
 * The prefix that makes a program get KILL when this process dies; empty where `setpriv` is missing. Must come after
 * whatever enters a user namespace, for that takes the setting back.
 */
export async function diesWithUs(): Promise<readonly string[]> {
  deathSignal ??= succeeds("setpriv", "--pdeathsig", "KILL", "true");
  return (await deathSignal) ? [tool("setpriv"), "--pdeathsig", "KILL"] : [];
}
