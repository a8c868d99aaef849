/** Commands run inside a container beside its own, with or without a terminal. */
import { spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecSession } from "../../contracts.ts";
import { childrenOf, command, exited, send, tool } from "./processes.ts";
import { quote, words } from "../../../machinery/shell-words.ts";

export interface ExecRequest {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly tty: boolean;
  readonly stdin: boolean;
}

const keySignals = "INT QUIT TSTP";
/** Of coreutils; without it a command has to do with what it is given. */
const byDefault = `--default-signal=${keySignals.replaceAll(" ", ",")}`;
const restore = `env ${byDefault} true 2>/dev/null && exec env ${byDefault} "$@"; exec "$@"`;

/** On a terminal Ctrl-C is for the command alone: the programs around it, which lead into the container, ignore it. */
export const onTerminal = (way: readonly string[], argv: readonly string[]): readonly string[] => [
  "/bin/sh",
  "-c",
  `trap '' ${keySignals}; exec "$@"`,
  "sh",
  ...way,
  "/bin/sh",
  "-c",
  restore,
  "sh",
  ...argv,
];

/** Node makes no pseudo-terminals: `script` does. */
function withTerminal(argv: readonly string[]): readonly string[] {
  if (process.platform === "darwin") return [tool("script"), "-q", "/dev/null", ...argv];
  return [tool("script"), "-qefc", `exec ${words(argv)}`, "/dev/null"];
}

/** What `script` has made for the command; undefined before that, and after its end. */
function terminalOf(script: number): string | undefined {
  const [child] = childrenOf(script);
  const terminal = child === undefined ? "" : readlinkSync(`/proc/${child}/fd/0`);
  return terminal.startsWith("/dev/pts/") ? terminal : undefined;
}

/** A client tells the size at once, often before there is a terminal. */
const terminalTries = 100;
const terminalEveryMs = 10;

/** `script` has a terminal on its other side: sizing that tells the command. */
async function resizeTerminal(script: number, columns: number, rows: number): Promise<void> {
  let terminal = terminalOf(script);
  for (let tries = 1; !terminal && tries < terminalTries; tries++) {
    await sleep(terminalEveryMs);
    terminal = terminalOf(script);
  }
  if (terminal) await command("sh", "-c", `stty cols ${columns} rows ${rows} <${quote(terminal)}`);
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
      // The command may be gone: a size is no reason to fail.
      resizeTerminal(child.pid ?? 0, Math.floor(columns), Math.floor(rows)).catch(() => {});
    },
    kill: () => child.pid !== undefined && send(-child.pid, "SIGKILL"),
  };
}
