/** Runs an installer: its lines go to the build's log, and its failure becomes a sentence. */
import { spawn } from "node:child_process";
import type { ImageProgress } from "../../contracts.ts";
import { explainInstaller } from "../installer-complaint.ts";
import { EnvironmentError } from "./environment-error.ts";

export interface Running {
  readonly progress: ImageProgress;
  readonly signal: AbortSignal;
}

export interface Program {
  readonly argv: readonly string[];
  readonly cwd?: string;
  /** Over this process's own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export const silent = (signal: AbortSignal): Running => ({ progress: () => {}, signal });

/** Whole lines of a stream of chunks; what `\r` overwrote is dropped. */
function lineSplitter(tell: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const text = line.split("\r").at(-1)?.trimEnd();
      if (text) tell(text);
    }
  };
}

/** Resolves with what it wrote. Rejects with EnvironmentError, the cause in one sentence. */
export function runProgram({ argv, cwd, env = {} }: Program, { progress, signal }: Running): Promise<string> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      signal,
      env: { ...process.env, ...env },
      ...(cwd && { cwd }),
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      const split = lineSplitter(progress);
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output = (output + chunk).slice(-65_536);
        split(chunk);
      });
      stream.once("end", () => split("\n"));
    }
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) return resolve(output);
      const last = output.trim().split("\n").slice(-3).join(" | ");
      const words = explainInstaller(output) ?? `${argv.slice(0, 3).join(" ")} failed with ${code}: ${last}`;
      reject(new EnvironmentError(words, { output }));
    });
  });
}
