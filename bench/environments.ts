/**
 * Environments of a framework's size, made by Windlass with uv and with pip: from nothing, again from what was downloaded,
 * and with one package more. Downloads from the package index, some 300 MB for each installer.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createEnvironments } from "../src/local/images/environments/environments.ts";
import type { EnvironmentRequest } from "../src/local/images/environments/request.ts";
import type { Figure } from "./figure.ts";

/** Together about 800 MB. */
const packages = ["ray[default]==2.60.0", "pandas", "scikit-learn", "matplotlib", "scipy", "xgboost-cpu", "pyarrow"];

const request = (words: readonly string[]): EnvironmentRequest => ({
  python: [],
  installs: [{ tool: "pip", arguments: words, folder: "." }],
});

interface Times {
  readonly cold: number;
  readonly warm: number;
  readonly added: number;
}

/** Seconds, in a cache of its own that is gone afterwards. */
async function measure(installer: "uv" | "pip"): Promise<Times> {
  const cacheDir = mkdtempSync("/var/tmp/windlass-bench-environments-");
  const own = { WINDLASS_INSTALLER: installer, PIP_CACHE_DIR: join(cacheDir, "pip") };
  const before = process.env["PIP_CACHE_DIR"];
  process.env["PIP_CACHE_DIR"] = own.PIP_CACHE_DIR;
  const environments = createEnvironments({ cacheDir, env: { ...process.env, ...own } });
  const make = async (words: readonly string[]) => {
    const began = performance.now();
    const signal = AbortSignal.timeout(1_800_000);
    const folder = await environments.ensure({ request: request(words) }, { progress: () => {}, signal });
    return { folder, seconds: (performance.now() - began) / 1000 };
  };
  try {
    mkdirSync(own.PIP_CACHE_DIR, { recursive: true });
    // Fetching uv itself is not what is measured.
    await make(["six"]);
    const cold = await make(packages);
    rmSync(cold.folder, { recursive: true });
    const warm = await make(packages);
    const added = await make([...packages, "seaborn"]);
    return { cold: cold.seconds, warm: warm.seconds, added: added.seconds };
  } finally {
    if (before === undefined) delete process.env["PIP_CACHE_DIR"];
    else process.env["PIP_CACHE_DIR"] = before;
    rmSync(cacheDir, { recursive: true, force: true });
  }
}

export async function environmentsBench(): Promise<readonly Figure[]> {
  const [uv, pip] = [await measure("uv"), await measure("pip")];
  const figure = (name: string, value: number, goal = "", most = Number.POSITIVE_INFINITY): Figure => ({
    name,
    value,
    unit: "s",
    goal,
    reached: value <= most,
  });
  return [
    figure("environment of 800 MB, from nothing: uv", uv.cold),
    figure("… pip", pip.cold),
    figure("environment of 800 MB, downloaded before: uv", uv.warm),
    figure("… pip", pip.warm),
    figure("one package added to 800 MB: uv", uv.added, "< 5 s and its download", 5),
    figure("… pip", pip.added),
  ];
}
