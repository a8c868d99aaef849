/**
 * From a machine with Node and Python to the first line of examples/kuberay: `npm ci --omit=dev` and `windlass run`, against
 * the same `npm ci`, `uv venv`, `uv pip install` and Ray's commands typed by hand. Pairs, one after the other; every download is made anew,
 * into caches of each run's own. By hand, uv is there already; Windlass fetches it where the PATH has none.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { type Call, machineEnv, succeed } from "../test/e2e/packed.ts";
import { root } from "../test/e2e/windlass.ts";
import { byHand } from "./by-hand.ts";
import { secondsUntilLine } from "./lines.ts";
import type { Figure } from "./figure.ts";
import { median } from "./median.ts";

const pairs = 3;
const ray = "ray[default]==2.60.0";
const notCloned = new Set([".git", "dist", "dist-python", "node_modules"]);

/** A clone of the sources, with nothing installed and nothing downloaded. */
function emptyMachine(below: string): Call {
  const folder = mkdtempSync(join(below, "cold-"));
  const cwd = join(folder, "windlass");
  cpSync(root, cwd, { recursive: true, filter: (path) => !notCloned.has(basename(path)) });
  const cache = (name: string) => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  const caches = { npm_config_cache: cache("npm"), UV_CACHE_DIR: cache("uv"), PIP_CACHE_DIR: cache("pip") };
  return { cwd, env: { ...machineEnv(join(folder, "home")), ...caches } };
}

const npmCi = (where: Call) => succeed(["npm", "ci", "--omit=dev", "--no-audit", "--no-fund"], where);

/** Answers the folder of uv's program. */
function makeUv(machine: string): string {
  const venv = join(machine, "uv");
  const where = { cwd: machine, env: machineEnv(machine) };
  succeed(["python3", "-m", "venv", venv], where);
  succeed([join(venv, "bin", "pip"), "install", "--quiet", "uv"], where);
  return join(venv, "bin");
}

async function withWindlass(machine: string): Promise<number> {
  const where = emptyMachine(machine);
  const windlass = join(where.cwd, "bin", "windlass");
  const began = performance.now();
  npmCi(where);
  const child = spawn(windlass, ["run", "examples/kuberay"], where);
  const ended = new Promise((resolve) => child.once("close", resolve));
  try {
    await secondsUntilLine(child, /^connected to a Ray cluster of 4 nodes/);
    return (performance.now() - began) / 1000;
  } finally {
    await ended;
    succeed([windlass, "down"], where);
    rmSync(where.cwd, { recursive: true });
  }
}

async function withoutWindlass(machine: string, uv: string): Promise<number> {
  const where = emptyMachine(machine);
  const venv = join(where.cwd, ".venv");
  const began = performance.now();
  npmCi(where);
  succeed([join(uv, "uv"), "venv", venv], where);
  succeed([join(uv, "uv"), "pip", "install", "--python", join(venv, "bin", "python"), ray], where);
  const installed = (performance.now() - began) / 1000;
  return installed + (await byHand(join(venv, "bin")));
}

export async function coldStart(machine: string): Promise<readonly Figure[]> {
  const uv = makeUv(machine);
  const times: { readonly ours: number; readonly byHand: number }[] = [];
  for (let pair = 0; pair < pairs; pair++)
    times.push({ ours: await withWindlass(machine), byHand: await withoutWindlass(machine, uv) });
  const ours = median(times.map((time) => time.ours));
  const ratio = ours / median(times.map((time) => time.byHand));
  return [
    { name: "empty machine to Ray's first line", value: ours, unit: "s", goal: "", reached: true },
    { name: "… to the same by hand", value: ratio, unit: "x", goal: "≤ 1.1 x", reached: ratio <= 1.1 },
  ];
}
