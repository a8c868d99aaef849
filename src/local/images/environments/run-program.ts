/** Runs an installer: its lines go to the build's log, and its failure becomes a sentence. */
import { type ChildProcess, spawn } from "node:child_process";
import type { ImageProgress } from "../../contracts.ts";
import { send } from "../../kubelet/runtime/processes.ts";
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

const patienceMs = 5000;

/** Ends a program with all that it started: an installer that is ended alone leaves its compilers behind. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  send(-pid, "SIGTERM");
  setTimeout(() => send(-pid, "SIGKILL"), patienceMs).unref();
}

/** Resolves with what it wrote; when `signal` aborts, everything it started is ended. Rejects with EnvironmentError, the cause in one sentence. */
export function runProgram({ argv, cwd, env = {} }: Program, { progress, signal }: Running): Promise<string> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, ...env },
      ...(cwd && { cwd }),
    });
    const abort = () => {
      endGroup(child);
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", abort, { once: true });
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
      signal.removeEventListener("abort", abort);
      if (code === 0) return resolve(output);
      const last = output.trim().split("\n").slice(-3).join(" | ");
      const words = explainInstaller(output) ?? `${argv.slice(0, 3).join(" ")} failed with ${code}: ${last}`;
      reject(new EnvironmentError(words, { output }));
    });
  });
}
