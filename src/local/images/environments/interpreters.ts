/**
 * Finds an interpreter for the Python that is asked for: the machine's python3, python3.X of the PATH, pyenv's and uv's
 * versions, and at last one that uv fetches. Where there is none, it says so: no other Python stands in for it.
 */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { EnvironmentError } from "./environment-error.ts";
import { compareVersions, formatWanted, parseVersion, satisfies } from "./python-version.ts";
import type { PythonWanted } from "./request.ts";
import { runProgram, type Running, silent } from "./run-program.ts";

export interface Interpreter {
  /** The program: an absolute path, or `python3` of the PATH. */
  readonly file: string;
  /** `3.11.7`. */
  readonly version: string;
}

export interface InterpreterSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fetches a Python of this version and answers its program; rejects where that cannot be done. */
  readonly fetch?: (version: string, running: Running) => Promise<string>;
}

const versions = new Map<string, Promise<string | undefined>>();
const minors = [15, 14, 13, 12, 11, 10, 9, 8, 7].map((minor) => `python3.${minor}`);

/** What it says its version is; undefined for what does not run (a pyenv shim without a version behind it). */
function versionOf(file: string): Promise<string | undefined> {
  const known = versions.get(file);
  if (known) return known;
  const ask = ["-c", "import platform, venv; print(platform.python_version())"];
  const found = runProgram({ argv: [file, ...ask] }, silent(AbortSignal.timeout(20_000))).then(
    (text) => text.trim(),
    () => undefined,
  );
  versions.set(file, found);
  void found.then((version) => {
    if (version === undefined) versions.delete(file);
  });
  return found;
}

/** `3.11.7` of the machine's python3. Rejects with EnvironmentError where there is none. */
export async function machinePython(): Promise<Interpreter> {
  const version = await versionOf("python3");
  if (version) return { file: "python3", version };
  throw new EnvironmentError("python3 is not installed on this machine: install Python 3.9 or newer");
}

const pythonsBelow = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, "bin", "python3")) : [];

/** Programs that may be a Python, best first among those of one version. */
function candidatesOf(env: InterpreterSearch["env"]): readonly string[] {
  const home = env["HOME"] ?? "/root";
  const path = (env["PATH"] ?? "").split(delimiter).filter(Boolean);
  const data = env["XDG_DATA_HOME"] ?? join(home, ".local", "share");
  return [
    ...minors.flatMap((name) => path.map((folder) => join(folder, name))),
    ...pythonsBelow(join(env["PYENV_ROOT"] ?? join(home, ".pyenv"), "versions")),
    ...pythonsBelow(env["UV_PYTHON_INSTALL_DIR"] ?? join(data, "uv", "python")),
  ].filter((file) => existsSync(file));
}

async function interpretersOf(env: InterpreterSearch["env"]): Promise<readonly Interpreter[]> {
  const found = await Promise.all(
    candidatesOf(env).map(async (file) => ({ file, version: (await versionOf(file)) ?? "" })),
  );
  return found
    .filter(({ version }) => version !== "")
    .sort((a, b) => compareVersions(parseVersion(b.version) ?? [], parseVersion(a.version) ?? []));
}

/** The version to fetch or to install by hand: the first that is named. */
const namedVersion = (wanted: readonly PythonWanted[]) => /\d+(?:\.\d+)*/.exec(wanted[0]?.version ?? "")?.[0] ?? "3";

function refusal(wanted: readonly PythonWanted[], there: readonly Interpreter[], why: string): EnvironmentError {
  const have = [...new Set(there.map(({ version }) => version))].join(", ") || "no other";
  const version = namedVersion(wanted);
  const others = wanted.length > 1 ? "no single Python matches all of them, or " : "";
  return new EnvironmentError(
    `${formatWanted(wanted)} is required, but this machine has ${have}${why}: ${others}install it (\`pyenv install ${version}\`, \`uv python install ${version}\` or your system's packages), or require one that is installed`,
  );
}

/** The machine's python3 where it will do, else the newest that will. Rejects with EnvironmentError. */
export async function findInterpreter(
  wanted: readonly PythonWanted[],
  { env, fetch }: InterpreterSearch,
  running: Running,
): Promise<Interpreter> {
  if (wanted.length === 0) return machinePython();
  const own = await versionOf("python3");
  if (own && satisfies(own, wanted)) return { file: "python3", version: own };
  const there = await interpretersOf(env);
  const found = there.find(({ version }) => satisfies(version, wanted));
  if (found) return found;
  const all = own ? [{ file: "python3", version: own }, ...there] : there;
  if (!fetch) throw refusal(wanted, all, "");
  running.progress(`no installed Python matches ${formatWanted(wanted)}: uv downloads ${namedVersion(wanted)}`);
  const file = await fetch(namedVersion(wanted), running).catch((error: unknown) => {
    running.signal.throwIfAborted();
    throw refusal(wanted, all, `, and uv cannot download it (${(error as Error).message})`);
  });
  const version = (await versionOf(file)) ?? "";
  if (satisfies(version, wanted)) return { file, version };
  throw refusal(wanted, all, "");
}
