/** Real kubectl on the cluster of a test. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Run, Started, Windlass } from "./windlass.ts";

/** Starts kubectl with `input` on its stdin; its end resolves whatever its exit status. */
export function startKubectl(windlass: Windlass, args: readonly string[], input = ""): Started {
  const child = spawn("kubectl", ["--kubeconfig", join(windlass.state, "kubeconfig"), ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(input);
  const ended = new Promise<Run>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ status: code ?? -1, stdout, stderr, output: stdout + stderr }));
  });
  return { child, ended, output: () => stdout + stderr };
}

/** The same, to its end. */
export const kubectl = (windlass: Windlass, args: readonly string[], input = ""): Promise<Run> =>
  startKubectl(windlass, args, input).ended;
