/** Real kubectl on the cluster of a test. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Run, Windlass } from "./windlass.ts";

/** Runs kubectl with `input` on its stdin; resolves whatever its exit status. */
export function kubectl(windlass: Windlass, args: readonly string[], input = ""): Promise<Run> {
  const child = spawn("kubectl", ["--kubeconfig", join(windlass.state, "kubeconfig"), ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ status: code ?? -1, stdout, stderr, output: stdout + stderr }));
  });
}
