/** Commands run inside a container beside its own, with or without a terminal. */
import { spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import type { ExecSession } from "../../contracts.ts";
import { childrenOf, command, exited, send, tool } from "./processes.ts";
import { quote, words } from "./quote.ts";

export interface ExecRequest {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** Node makes no pseudo-terminals: `script` does. */
function withTerminal(argv: readonly string[]): readonly string[] {
  if (process.platform === "darwin") return [tool("script"), "-q", "/dev/null", ...argv];
  return [tool("script"), "-qefc", words(argv), "/dev/null"];
}

/** `script` has a terminal on its other side: sizing that tells the command. */
async function resizeTerminal(script: number | undefined, columns: number, rows: number): Promise<void> {
  const [child] = childrenOf(script ?? 0);
  if (child === undefined) return;
  const terminal = readlinkSync(`/proc/${child}/fd/0`);
  if (!terminal.startsWith("/dev/pts/")) return;
  await command("sh", "-c", `stty cols ${columns} rows ${rows} <${quote(terminal)}`);
}

export function execSession({ argv, env, cwd, tty, stdin }: ExecRequest): ExecSession {
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
    resize(columns, rows) {
      // The command may be gone, or not yet there: a size is no reason to fail.
      resizeTerminal(child.pid, Math.floor(columns), Math.floor(rows)).catch(() => {});
    },
    kill: () => child.pid !== undefined && send(-child.pid, "SIGKILL"),
  };
}
