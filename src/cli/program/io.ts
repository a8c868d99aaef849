/** What a command may touch of the process it runs in, passed in so that tests own it. */
import { resolve } from "node:path";
import { styleText } from "node:util";
import { type Endings, processEndings } from "./endings.ts";

export interface Io {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Whether stdout is a terminal: colours and redrawing are for terminals only. */
  readonly isTTY: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent where nothing ends a command from outside, as in tests. */
  readonly endings?: Endings;
}

/** Of a folder that was removed meanwhile the shell still knows the name. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return process.env["PWD"] ?? "/";
  }
}

const folders = ["WINDLASS_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "WINDLASS_OUTPUTS", "WINDLASS_INPUTS"];

/** The environment with folders in full: the local cluster's process stands elsewhere. */
export function withWholeFolders(env: Io["env"], cwd: string): Io["env"] {
  const whole = folders.flatMap((name) =>
    env[name] && !env[name].startsWith("s3://") ? [[name, resolve(cwd, env[name])] as const] : [],
  );
  return { ...env, ...Object.fromEntries(whole) };
}

export function processIo(): Io {
  const cwd = currentFolder();
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    isTTY: process.stdout.isTTY === true,
    cwd,
    env: withWholeFolders(process.env, cwd),
    endings: processEndings([process.stdout, process.stderr]),
  };
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

/** Colours only where a person looks and has not said no (`NO_COLOR`); `FORCE_COLOR` wins. */
export function hasColor(io: Io): boolean {
  if (io.env["FORCE_COLOR"] && io.env["FORCE_COLOR"] !== "0") return true;
  return io.isTTY && !io.env["NO_COLOR"] && io.env["TERM"] !== "dumb";
}

export function paint(io: Io, style: Style | readonly Style[], text: string): string {
  return hasColor(io) ? styleText(style as Parameters<typeof styleText>[0], text, { validateStream: false }) : text;
}

export function writeLine(io: Io, line = ""): void {
  io.stdout.write(`${line}\n`);
}

export function writeJson(io: Io, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
