/**
 * Which file of the build context ends up where in an image: COPY and ADD by Docker's rules, on names alone. Pure.
 * https://docs.docker.com/reference/dockerfile/#copy
 */
import { posix } from "node:path";

/** Absolute path in the image → path in the build context. */
export type Tree = ReadonlyMap<string, string>;

export interface Copy {
  readonly sources: readonly string[];
  /** Absolute; a `/` at its end says that it is a folder. */
  readonly target: string;
  /** `--parents`: folders of the source are kept. */
  readonly keepsParents?: boolean;
  /** `--exclude`. */
  readonly excludes?: readonly string[];
}

/** Files of a build context as the tree that COPY reads. */
export const contextTree = (files: readonly string[]): Tree => new Map(files.map((file) => [`/${file}`, file]));

/** A pattern of Go's filepath.Match: `*` and `?` stop at a `/`. */
function patternSource(pattern: string): string {
  return pattern
    .replaceAll(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("**", "\u0000")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]")
    .replaceAll("\u0000", ".*");
}

const rooted = (path: string) => posix.resolve("/", path);

/** Folders that a tree has. */
function isFolder(tree: Tree, path: string): boolean {
  const below = path === "/" ? "/" : `${path}/`;
  for (const file of tree.keys()) if (file.startsWith(below)) return true;
  return false;
}

interface Match {
  readonly from: string;
  /** Below the target; a file named itself has none. */
  readonly below?: string;
  readonly contextPath: string;
}

function matchesOf(tree: Tree, source: string): readonly Match[] {
  const path = rooted(source);
  const matcher = new RegExp(path === "/" ? "^/(.+)$" : `^${patternSource(path)}(?:/(.+))?$`);
  return [...tree].flatMap(([from, contextPath]): readonly Match[] => {
    const match = matcher.exec(from);
    if (!match) return [];
    return [{ from, contextPath, ...(match[1] !== undefined && { below: match[1] }) }];
  });
}

export interface Copied {
  readonly placed: Tree;
  /** Sources that match nothing. */
  readonly missing: readonly string[];
}

/** What a COPY adds to `image`, whose own files decide whether its target is a folder. */
export function copyFiles(from: Tree, image: Tree, { sources, target, keepsParents, excludes = [] }: Copy): Copied {
  const found = sources.map((source) => ({ source, matches: matchesOf(from, source) }));
  const place = rooted(target);
  const intoFolder =
    target.endsWith("/") ||
    sources.length > 1 ||
    /[*?[]/.test(sources[0] ?? "") ||
    place === "/" ||
    isFolder(image, place);
  const skipped = excludes.map((pattern) => new RegExp(`^/?${patternSource(pattern.replace(/^\//, ""))}(?:/.*)?$`));
  const placed = new Map<string, string>();
  for (const { matches } of found) {
    for (const { from: path, below, contextPath } of matches) {
      const own = below ?? posix.basename(path);
      if (skipped.some((matcher) => matcher.test(own))) continue;
      if (keepsParents) placed.set(rooted(place + path), contextPath);
      else if (below === undefined && !intoFolder) placed.set(place, contextPath);
      else placed.set(posix.join(place, own), contextPath);
    }
  }
  return { placed, missing: found.filter(({ matches }) => matches.length === 0).map(({ source }) => source) };
}

/** Path in the context of a folder of the image: where the files right in it come from; undefined when it has none. */
export function contextFolder(tree: Tree, folder: string): string | undefined {
  const below = folder === "/" ? "/" : `${folder}/`;
  for (const [path, contextPath] of tree) {
    if (!path.startsWith(below)) continue;
    const rest = path.slice(below.length);
    if (contextPath === rest) return ".";
    if (contextPath.endsWith(`/${rest}`)) return contextPath.slice(0, -rest.length - 1);
  }
  return undefined;
}

/** What a container sees of the context. */
export interface Layout {
  /** Folder of the image that holds the program; absent where that is `/`, which nothing can be mounted on. */
  readonly root?: string;
  /** Files below it: path in it → path in the context. */
  readonly files: Tree;
  /** Folders below it, besides those of the files. */
  readonly folders: readonly string[];
  /** Files elsewhere: absolute path → path in the context. */
  readonly others: Tree;
}

/** Folders that belong to the system: what is copied into one of them does not make it the program's. */
const systemFolders = new Set(
  ["", "bin", "boot", "dev", "etc", "home", "lib", "lib64", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys"]
    .concat(["tmp", "usr", "usr/bin", "usr/lib", "usr/local", "usr/local/bin", "usr/local/lib", "usr/share", "usr/src"])
    .concat(["var", "var/lib", "var/log", "windlass"])
    .map((name) => `/${name}`),
);

/** The farthest folder above the working directory that files were copied into and that is not the system's. */
function programFolder(tree: Tree, workdir: string): string {
  let root = workdir;
  for (let folder = posix.dirname(workdir); !systemFolders.has(folder); folder = posix.dirname(folder)) {
    if ([...tree.keys()].some((path) => path.startsWith(`${folder}/`) && !path.startsWith(`${root}/`))) root = folder;
  }
  return root;
}

/** Of an image that works in `/`: the folder right below it with the most files, unless files lie in `/` itself. */
function largestFolder(tree: Tree): string | undefined {
  const sizes = new Map<string, number>();
  for (const path of tree.keys()) {
    const folder = path.slice(0, path.indexOf("/", 1));
    if (path.lastIndexOf("/") === 0) return undefined;
    if (!systemFolders.has(folder)) sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
  }
  return [...sizes].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

export function layoutOf(tree: Tree, workdir: string, folders: readonly string[]): Layout {
  const root = workdir === "/" ? largestFolder(tree) : programFolder(tree, workdir);
  const prefix = root === undefined ? "/" : `${root}/`;
  const isInside = (path: string) => path.startsWith(prefix);
  return {
    ...(root !== undefined && { root }),
    files: new Map(
      [...tree].filter(([path]) => isInside(path)).map(([path, file]) => [path.slice(prefix.length), file]),
    ),
    folders: root === undefined ? [] : folders.filter(isInside).map((path) => path.slice(prefix.length)),
    others: new Map([...tree].filter(([path]) => !isInside(path))),
  };
}
