/**
 * uv: the machine's, else one that pip fetches into the cache once. Its packages are kept in the cache, too, on the
 * file system of the environments, so that an environment is made of links to what is there already.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toolsFolder, packagesFolder } from "../cache.ts";
import { findProgram } from "./programs.ts";
import { parsePipConfig, uvSettings } from "./pip-settings.ts";
import { compareVersions, parseVersion } from "./python-version.ts";
import { runProgram, type Running, silent } from "./run-program.ts";

export interface UvPlace {
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Uv {
  readonly file: string;
  /** Variables for every call. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The first that has all options which are used here. */
const oldest = [0, 5, 0];

async function isUsable(file: string, signal: AbortSignal): Promise<boolean> {
  const text = await runProgram({ argv: [file, "--version"] }, silent(signal)).catch(() => "");
  const version = parseVersion(/uv (\S+)/.exec(text)?.[1] ?? "");
  return version !== undefined && compareVersions(version, oldest) >= 0;
}

async function fetchUv(cacheDir: string, { progress, signal }: Running): Promise<string | undefined> {
  const folder = join(toolsFolder(cacheDir), "uv");
  const file = join(folder, "bin", "uv");
  if (existsSync(file)) return file;
  progress("downloading uv (once), which creates environments faster");
  const fresh = `${folder}.${process.pid}.new`;
  mkdirSync(toolsFolder(cacheDir), { recursive: true });
  try {
    const pip = ["python3", "-m", "pip", "install", "--quiet", "--no-deps", "--root-user-action", "ignore"];
    await runProgram({ argv: [...pip, "--only-binary", ":all:", "--target", fresh, "uv"] }, { progress, signal });
    renameSync(fresh, folder);
    return file;
  } catch (error) {
    signal.throwIfAborted();
    if (existsSync(file)) return file;
    progress(
      `uv is not on the PATH and cannot be downloaded (${(error as Error).message}): using pip, which is slower`,
    );
    return undefined;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function pipSettings(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const listing = runProgram({ argv: ["python3", "-m", "pip", "config", "list"] }, silent(signal));
  return parsePipConfig(await listing.catch(() => ""));
}

/** Undefined where there is none and none can be fetched, or the user wants pip (`WINDLASS_INSTALLER=pip`). */
export async function findUv({ cacheDir, env }: UvPlace, running: Running): Promise<Uv | undefined> {
  if (env["WINDLASS_INSTALLER"] === "pip") return undefined;
  const onPath = findProgram("uv", env["PATH"] ?? "");
  const [isOnPath, pip] = await Promise.all([onPath && isUsable(onPath, running.signal), pipSettings(running.signal)]);
  const file = isOnPath ? onPath : await fetchUv(cacheDir, running);
  if (!file) return undefined;
  return {
    file,
    env: {
      // pip trusts what the system trusts.
      UV_SYSTEM_CERTS: "1",
      ...uvSettings(pip, env),
      UV_CACHE_DIR: packagesFolder(cacheDir),
      UV_PYTHON_DOWNLOADS: "never",
      UV_NO_PROGRESS: "1",
      UV_PYTHON: undefined,
      VIRTUAL_ENV: undefined,
      CONDA_PREFIX: undefined,
    },
  };
}

/** Fetches a Python of its own, `3.9`. */
export async function fetchPython(uv: Uv, version: string, running: Running): Promise<string> {
  const env = { ...uv.env, UV_PYTHON_DOWNLOADS: "manual" };
  await runProgram({ argv: [uv.file, "python", "install", version], env }, running);
  const found = await runProgram(
    { argv: [uv.file, "python", "find", "--managed-python", version], env },
    silent(running.signal),
  );
  return found.trim().split("\n").at(-1) ?? "";
}
