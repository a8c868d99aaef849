/** Commands run inside a container beside its own, with or without a terminal. */
import { spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecSession } from "../../contracts.ts";
import { words } from "../../../machinery/shell-words.ts";
import type { Started } from "./helper.ts";
import { childrenOf, command, exited, send, tool } from "./processes.ts";

export interface ExecRequest {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** Node makes no pseudo-terminals: `script` does. */
export function withTerminal(argv: readonly string[]): readonly string[] {
  if (process.platform === "darwin") return [tool("script"), "-q", "/dev/null", ...argv];
  return [tool("script"), "-qefc", `exec ${words(argv)}`, "/dev/null"];
}

const hasTerminal = (pid: number): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/fd/0`).startsWith("/dev/pts/");
  } catch {
    return false;
  }
};

/** The first of the descendants that has the terminal which `script` made; undefined before that, and after its end. */
function onTerminal(pid: number): number | undefined {
  for (const child of childrenOf(pid)) {
    const found = hasTerminal(child) ? child : onTerminal(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A client tells the size at once, often before there is a terminal. */
const terminalTries = 100;
const terminalEveryMs = 10;

/** `script` has a terminal on its other side: sizing that tells the command. */
async function resizeTerminal(pid: number, columns: number, rows: number): Promise<void> {
  let child = onTerminal(pid);
  for (let tries = 1; child === undefined && tries < terminalTries; tries++) {
    await sleep(terminalEveryMs);
    child = onTerminal(pid);
  }
  if (child !== undefined) await command("sh", "-c", `stty cols ${columns} rows ${rows} </proc/${child}/fd/0`);
}

function control(pid: number | undefined): Pick<ExecSession, "resize" | "kill"> {
  return {
    resize(columns, rows) {
      // The command may be gone: a size is no reason to fail.
      if (pid !== undefined) resizeTerminal(pid, Math.floor(columns), Math.floor(rows)).catch(() => {});
    },
    kill: () => pid !== undefined && send(-pid, "SIGKILL"),
  };
}

/** Of a process that the helper started as the leader of a process group. */
export function helperSession({ pid, stdin, stdout, stderr, exited: exitCode }: Started, tty: boolean): ExecSession {
  stdin?.on("error", () => stdin.destroy());
  if (tty) stderr.resume();
  return { ...(stdin && { stdin }), stdout, ...(!tty && { stderr }), exitCode, ...control(pid) };
}

/** Of a process started here. */
export function spawnSession({ argv, env, cwd, tty, stdin }: ExecRequest): ExecSession {
  const [file = "", ...args] = tty ? withTerminal(argv) : argv;
  const child = spawn(file, args, {
    env,
    cwd,
    stdio: [stdin || tty ? "pipe" : "ignore", "pipe", "pipe"],
    detached: true,
  });
  const ended = exited(child, "close");
  child.stdin?.on("error", () => child.stdin?.destroy());
  return {
    ...(child.stdin && { stdin: child.stdin }),
    stdout: child.stdout as NodeJS.ReadableStream,
    ...(!tty && { stderr: child.stderr as NodeJS.ReadableStream }),
    exitCode: ended.then(({ code }) => code),
    ...control(child.pid),
  };
}
