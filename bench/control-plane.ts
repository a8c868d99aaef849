/** The embedded control plane as a process: how soon it answers, and what it takes when nobody asks anything. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Figure } from "./figure.ts";
import { median } from "./median.ts";
import { freePort, memoryMb } from "./process.ts";

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "bin", "windlass.mjs");
const runs = 5;
const idleMs = 10_000;

/** Whether the server says that it is ready (it answers 401 to strangers: it is there, and asks who we are). */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      { host: "127.0.0.1", port, path: "/readyz", rejectUnauthorized: false, timeout: 500 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200 || response.statusCode === 401);
      },
    );
    asked.on("error", () => resolve(false));
    asked.end();
  });
}

async function once(home: string, idle: boolean): Promise<{ readonly readyMs: number; readonly mb: number }> {
  const port = await freePort();
  const env = { ...process.env, XDG_STATE_HOME: home, XDG_CACHE_HOME: home };
  const started = performance.now();
  const child = spawn(process.execPath, [program, "serve-local", "--port", String(port)], { env, stdio: "ignore" });
  while (!(await answers(port))) await sleep(2);
  const readyMs = performance.now() - started;
  if (idle) await sleep(idleMs);
  const mb = memoryMb(child.pid ?? 0, "VmRSS");
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));
  return { readyMs, mb };
}

export async function controlPlane(): Promise<readonly Figure[]> {
  const home = mkdtempSync("/var/tmp/windlass-bench-");
  try {
    await once(home, false);
    const times: number[] = [];
    for (let run = 0; run < runs; run++) times.push((await once(home, false)).readyMs);
    const { mb } = await once(home, true);
    const ready = median(times) / 1000;
    return [
      { name: "process start to /readyz", value: ready, unit: "s", goal: "< 0.5 s", reached: ready < 0.5 },
      {
        name: `resident memory, idle for ${idleMs / 1000} s`,
        value: mb,
        unit: "MB",
        goal: "< 150 MB",
        reached: mb < 150,
      },
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
