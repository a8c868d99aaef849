/** Python environments: made once per content with venv and pip (or uv, where it is), shared by all who need it. */
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageProgress } from "../contracts.ts";
import { completeMark, markUsed } from "./cache.ts";
import { explainPip } from "./pip-complaint.ts";
import { type EnvironmentSpec, environmentDigest } from "./requirements.ts";

export class EnvironmentError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EnvironmentError";
  }
}

interface Running {
  readonly progress: ImageProgress;
  readonly signal: AbortSignal;
}

const pipEnv = { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1" };

/** Runs a program, its lines going to `progress`. Rejects with the last lines when it fails. */
function run(argv: readonly string[], { progress, signal }: Running, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      signal,
      env: { ...process.env, ...pipEnv, ...env },
    });
    let output = "";
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-16_384);
      for (const line of chunk.toString().split("\n")) if (line.trim()) progress(line.trimEnd());
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) return resolve(output);
      reject(
        new EnvironmentError(
          explainPip(output) ??
            `${file} ${args[0] ?? ""} failed with ${code}: ${output.trim().split("\n").slice(-3).join(" | ")}`,
        ),
      );
    });
  });
}

let pythonVersion: Promise<string> | undefined;

/** `3.11.7` of the machine's python3. Rejects with EnvironmentError where there is none. */
export function machinePython(): Promise<string> {
  pythonVersion ??= run(["python3", "-c", "import platform; print(platform.python_version())"], {
    progress: () => {},
    signal: AbortSignal.timeout(20_000),
  }).then(
    (text) => text.trim(),
    (cause: unknown) => {
      pythonVersion = undefined;
      throw new EnvironmentError("python3 is not installed on this machine; install Python 3.9 or newer", { cause });
    },
  );
  return pythonVersion;
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** One process at a time makes an environment; a lock whose holder is dead counts for nothing. */
async function locked<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const fd = openSync(file, "wx");
      writeFileSync(fd, String(process.pid));
      closeSync(fd);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
      if (holder && !isAlive(holder)) rmSync(file, { force: true });
      else await wait(200);
      signal.throwIfAborted();
    }
  }
  try {
    return await work();
  } finally {
    unlinkSync(file);
  }
}

/** Where the environment for `spec` is, or would be. */
export const environmentFolder = (spec: EnvironmentSpec, store: string): string =>
  join(store, environmentDigest(spec).slice(0, 16));

/** Folder of the environment for `spec` below `store`; made when it is not there. */
export async function ensureEnvironment(spec: EnvironmentSpec, store: string, running: Running): Promise<string> {
  const folder = environmentFolder(spec, store);
  const done = join(folder, completeMark);
  if (existsSync(done)) {
    markUsed(done);
    return folder;
  }
  mkdirSync(store, { recursive: true });
  return locked(`${folder}.lock`, running.signal, async () => {
    if (existsSync(done)) return folder;
    rmSync(folder, { recursive: true, force: true });
    try {
      await make(folder, spec, running);
      writeFileSync(done, `${spec.requirements.join("\n")}\n`);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    return folder;
  });
}

/** Lines that only say where packages come from. */
const sourceOption = /^(?:-i|-f|--index-url|--extra-index-url|--find-links|--pre|--prefer-binary)(?:[\s=]|$)/;
/** A package by its name, as the index knows it: no path, no address, no other option. */
const isNamed = (line: string) => /^[A-Za-z0-9]/.test(line) && !/[/\\]/.test(line);

/**
 * Whether the machine's own python3 has all of it already, as pip sees it: a framework of gigabytes, installed by the
 * system or in the environment that is active, is not downloaded again. Nothing is installed, nothing is fetched.
 */
export async function isMetByMachine(requirements: readonly string[], signal: AbortSignal): Promise<boolean> {
  const packages = requirements.filter((line) => !sourceOption.test(line));
  if (!packages.every(isNamed)) return false;
  const folder = mkdtempSync(join(tmpdir(), "windlass-requirements-"));
  const list = join(folder, "requirements.txt");
  writeFileSync(list, `${packages.join("\n")}\n`);
  const ask = ["python3", "-m", "pip", "install", "--dry-run", "--no-index", "-r", list];
  try {
    // A system's Python refuses even to be asked without it.
    const answer = await run(ask, { progress: () => {}, signal }, { PIP_BREAK_SYSTEM_PACKAGES: "1" });
    return !answer.includes("Would install");
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EnvironmentError) return false;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// A virtual environment cannot be moved once made (its scripts name its folder): it is made in place, and counts as
// made only when `.complete` stands in it.
async function make(folder: string, spec: EnvironmentSpec, running: Running): Promise<void> {
  running.progress(`making a Python ${spec.python} environment`);
  await run(["python3", "-m", "venv", folder], running);
  const list = `${folder}.requirements.txt`;
  writeFileSync(list, `${spec.requirements.join("\n")}\n`);
  try {
    await run([join(folder, "bin", "python"), "-m", "pip", "install", "--progress-bar", "off", "-r", list], running);
  } finally {
    rmSync(list, { force: true });
  }
}

/** Whether the environment for `spec` is there already. */
export function hasEnvironment(spec: EnvironmentSpec, store: string): boolean {
  return existsSync(join(environmentFolder(spec, store), completeMark));
}
