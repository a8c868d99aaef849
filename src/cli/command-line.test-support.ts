/** A command line in this process: what it prints and the status it ends with, in a folder of the test's. */
import { PassThrough } from "node:stream";
import { main } from "./main.ts";

/** A manifest with nothing wrong. */
export const goodManifest = `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: pytorch
  image: demo
  command: "python3 main.py"
  types:
    worker: { count: 2, resources: { cpus: 1, ramRatio: 2 } }
`;

/** Sets `process.exitCode`, as the program does: the test puts it back. */
export async function runIn(cwd: string, ...args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  await main(["node", "windlass", ...args], { stdout, stderr, isTTY: false, cwd, env: {} });
  return { status: process.exitCode ?? 0, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
}
