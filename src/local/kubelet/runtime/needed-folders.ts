/**
 * Which parts of hidden folders a container's programs need: those of its PATH, and the Python installations behind
 * them, wherever their links lead (a virtual environment to pyenv's interpreter, conda's, uv's). Reads the disk only.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { linkOf } from "./links.ts";
import { isBelow } from "./paths.ts";
import { silentMountOf } from "./silent-mounts.ts";

const interpreters = ["python3", "python"];
/** Variables that name folders with programs, libraries or modules. */
const lists = ["PATH", "LD_LIBRARY_PATH", "PYTHONPATH"];
const singles = ["VIRTUAL_ENV", "CONDA_PREFIX", "PYENV_ROOT"];
const mostLinks = 20;

const entries = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** A path, and each place that its links lead to: links among the folders above it as well. Empty for a silent one. */
function trail(path: string, silent: readonly string[], links = 0): readonly string[] {
  if (links > mostLinks || silentMountOf(path, silent)) return [];
  for (let at = path; at !== "/"; at = dirname(at)) {
    const to = linkOf(at);
    if (to !== undefined) return [path, ...trail(join(to, path.slice(at.length)), silent, links + 1)];
  }
  return [path];
}

const sitePackages = (prefix: string): readonly string[] =>
  ["lib", "lib64"].flatMap((lib) =>
    entries(join(prefix, lib))
      .filter((name) => /^python3(\.\d+)?$/.test(name))
      .map((name) => join(prefix, lib, name, "site-packages")),
  );

/** Folders that packages installed in place ("editable") lie in. */
function editable(prefix: string): readonly string[] {
  return sitePackages(prefix).flatMap((folder) =>
    entries(folder)
      .filter((name) => name.endsWith(".pth") || /^__editable__.*\.py$/.test(name))
      .flatMap((name) => textOf(join(folder, name)).match(/(?<=^|['"])\/[^'"\n]+/gm) ?? []),
  );
}

const isPrefix = (folder: string): boolean =>
  existsSync(join(folder, "pyvenv.cfg")) || existsSync(join(folder, "conda-meta")) || sitePackages(folder).length > 0;

/** The installation that a folder of programs belongs to. A home's own `bin` and `lib` are not the whole home. */
function installation(programs: string, homes: readonly string[]): readonly string[] {
  const prefix = dirname(programs);
  if (basename(programs) === "shims") return [prefix];
  if (!isPrefix(prefix)) return [];
  const isHome = homes.includes(prefix) || basename(prefix) === ".local";
  if (isHome) return ["lib", "lib64", "include"].map((name) => join(prefix, name));
  const base = /^home\s*=\s*(.+)$/m.exec(textOf(join(prefix, "pyvenv.cfg")))?.[1];
  return [prefix, ...editable(prefix), ...(base ? [dirname(base)] : [])];
}

function programFolders(env: Readonly<Record<string, string>>): readonly string[] {
  const named = lists.flatMap((name) => (env[name] ?? "").split(delimiter));
  return named.filter((folder) => folder.startsWith("/")).map((folder) => resolve(folder));
}

/** Names the variables that `neededFolders` looks at, with their values. */
export const neededKey = (env: Readonly<Record<string, string>>): string =>
  JSON.stringify([...lists, ...singles].map((name) => env[name]));

export interface Places {
  /** Of which containers see nothing but what they need. */
  readonly hidden: readonly string[];
  /** Never needed as a whole. */
  readonly homes: readonly string[];
  /** Mounts that do not answer. */
  readonly silent: readonly string[];
}

/** Those below one of the hidden folders that are there. */
export function neededFolders(
  env: Readonly<Record<string, string>>,
  { hidden, homes, silent }: Places,
): readonly string[] {
  const answers = (path: string) => silentMountOf(path, silent) === undefined;
  const listed = programFolders(env).filter(answers);
  const single = singles.flatMap((name) => (env[name]?.startsWith("/") ? [resolve(env[name])] : []));
  const places = listed.flatMap((folder) =>
    interpreters.flatMap((name) => trail(join(folder, name), silent).map(dirname)),
  );
  const folders = [...new Set([...listed, ...places])].flatMap((folder) => [folder, ...installation(folder, homes)]);
  const userSite = homes.map((home) => join(home, ".local", "lib"));
  const all = [...folders, ...single, ...userSite].flatMap((folder) => trail(folder, silent));
  const needed = all.filter((path) => hidden.some((folder) => isBelow(path, folder)) && !homes.includes(path));
  return [...new Set(needed)].filter((path) => !hidden.includes(path) && existsSync(path));
}
