/** `windlass operator` as a process of this machine, and what it says of itself: requests, CPU seconds, memory. */
import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../test/e2e/windlass.ts";
import { secondsUntilLine } from "./lines.ts";
import { freePort, memoryMb } from "./process.ts";

const program = join(root, "bin", "windlass");

export interface OperatorProcess {
  /** Requests so far, watches not. */
  requests(): Promise<number>;
  /** CPU seconds since its start. */
  cpuSeconds(): Promise<number>;
  /** Resident memory. */
  nowMb(): number;
  /** The most resident memory so far. */
  peakMb(): number;
  stop(): Promise<void>;
}

/** Sum over all labels of a metric in Prometheus' text format. */
function sumOf(metric: string, text: string): number {
  const values = [...text.matchAll(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\S+)`, "gm"))].map((match) =>
    Number(match[1]),
  );
  if (values.length === 0) throw new Error(`the operator has no metric ${metric}`);
  return values.reduce((sum, value) => sum + value, 0);
}

export async function installDefinitions(kubeconfig: string): Promise<void> {
  await promisify(execFile)(program, ["install", "--crds-only", "--kubeconfig", kubeconfig]);
}

/** Resolves when the operator leads and its caches are full. */
export async function startOperator(kubeconfig: string, controllers: string): Promise<OperatorProcess> {
  const address = `127.0.0.1:${await freePort()}`;
  // A lease costs 30 requests a minute, whatever else there is to do: too few to matter, enough to blur the figure.
  const flags = [
    "--no-leader-elect",
    "--kubeconfig",
    kubeconfig,
    "--controllers",
    controllers,
    "--metrics-bind-address",
    address,
  ];
  const child = spawn(program, ["operator", ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const metrics = async () => (await fetch(`http://${address}/metrics`)).text();
  await secondsUntilLine(child, /operator is running/);
  return {
    requests: async () => sumOf("rest_client_requests_total", await metrics()),
    cpuSeconds: async () => sumOf("process_cpu_seconds_total", await metrics()),
    nowMb: () => memoryMb(child.pid ?? 0, "VmRSS"),
    peakMb: () => memoryMb(child.pid ?? 0, "VmHWM"),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
