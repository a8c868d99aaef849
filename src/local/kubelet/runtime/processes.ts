/** Starting processes that die with this one, and finding and ending what they started. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { promisify } from "node:util";
import type { ExecSession } from "../../contracts.ts";
import type { Exit } from "./types.ts";

const execute = promisify(execFile);

/** Runs a short command; rejects with what it printed on stderr. */
export async function command(file: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(file, args, { timeout: 30_000 });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`${file} ${args.join(" ")}: ${stderr?.trim() || message}`, { cause: error });
  }
}

export async function succeeds(file: string, ...args: readonly string[]): Promise<boolean> {
  try {
    await command(file, ...args);
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
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Exit code as a container has it: 128 + the signal for a process that was killed. */
export function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  if (signal === null) return { code: code ?? 1 };
  const number = constants.signals[signal];
  return { code: 128 + number, signal: number };
}

export function exited(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", () => resolve({ code: 127 }));
    child.once("close", (code, signal) => resolve(exitOf(code, signal)));
  });
}

let deathSignal: boolean | undefined;

/** The prefix that makes a program get KILL when this process dies; empty where `setpriv` is missing. */
export async function diesWithUs(): Promise<readonly string[]> {
  deathSignal ??= await succeeds("setpriv", "--pdeathsig", "KILL", "true");
  return deathSignal ? ["setpriv", "--pdeathsig", "KILL"] : [];
}

export interface ExecRequest {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** A terminal needs a pseudo-terminal, which Node cannot make: `script` of util-linux does. */
export function execSession({ argv, env, cwd, tty, stdin }: ExecRequest): ExecSession {
  const [file = "", ...args] = tty
    ? ["script", "-qefc", argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" "), "/dev/null"]
    : argv;
  const child = spawn(file, args, { env, cwd, stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"], detached: true });
  const ended = exited(child);
  return {
    ...(child.stdin && { stdin: child.stdin }),
    stdout: child.stdout as NodeJS.ReadableStream,
    ...(!tty && { stderr: child.stderr as NodeJS.ReadableStream }),
    exitCode: ended.then(({ code }) => code),
    resize() {
      // `script` sizes its terminal from ours; there is none to resize.
    },
    kill: () => child.pid !== undefined && send(-child.pid, "SIGKILL"),
  };
}
