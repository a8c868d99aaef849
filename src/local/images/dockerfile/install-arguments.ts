/** The words after an installer's name: paths of the image become paths of the source, and what only matters in an image goes. Pure. */
import { posix } from "node:path";
import { isPathKind, splitOption, valueKindOf } from "../environments/installer-options.ts";
import { contextFolder, type Tree } from "./files.ts";

export interface Place {
  readonly workdir: string;
  /** What the image holds of the source at this line. */
  readonly tree: Tree;
  readonly env: Readonly<Record<string, string>>;
}

export const isOption = (word: string): boolean => word.startsWith("-");

/** Options that say where, how loudly or with which cache: nothing of that is the source's. By how many words follow. */
const dropped: Readonly<Record<string, number>> = {
  "--no-cache-dir": 0,
  "--no-cache": 0,
  "--system": 0,
  "--user": 0,
  "--break-system-packages": 0,
  "--compile-bytecode": 0,
  "--compile": 0,
  "--no-compile": 0,
  "--quiet": 0,
  "--verbose": 0,
  "-q": 0,
  "-qq": 0,
  "-v": 0,
  "-vv": 0,
  "-n": 0,
  "--no-input": 0,
  "--no-interaction": 0,
  "--no-ansi": 0,
  "--no-progress": 0,
  "--no-warn-script-location": 0,
  "--disable-pip-version-check": 0,
  "--ignore-installed": 0,
  "--force-reinstall": 0,
  "--active": 0,
  "--root-user-action": 1,
  "--progress-bar": 1,
  "--cache-dir": 1,
  "--link-mode": 1,
  "--target": 1,
  "-t": 1,
  "--prefix": 1,
  "--root": 1,
  "--src": 1,
  "--timeout": 1,
  "--default-timeout": 1,
  "--retries": 1,
  "--python": 1,
  "-p": 1,
  "--project": 1,
  "--directory": 1,
  "-C": 1,
};
const isPath = (word: string) =>
  /^\.{0,2}\/|^\.{1,2}(?=$|\[)|\.(?:whl|tar\.gz|zip)$/.test(word) && !word.includes("://");

/** A path of the image as one of the source, its `[extras]` kept; undefined where it is none. */
export function sourcePath(word: string, { workdir, tree }: Place): string | undefined {
  const [, path = "", extras = ""] = /^(.*?)(\[[^\]]*\])?$/.exec(word) ?? [];
  const absolute = posix.resolve(workdir, path);
  const file = tree.get(absolute);
  if (file !== undefined) return file + extras;
  const folder = contextFolder(tree, absolute);
  if (folder === undefined) return undefined;
  return (folder === "." ? "." : `./${folder}`) + extras;
}

export interface Arguments {
  readonly words: readonly string[];
  /** Paths that are not of the source. */
  readonly foreign: readonly string[];
  /** Of `--python`. */
  readonly python?: string;
  /** Of `--project`, `--directory`. */
  readonly folder?: string;
}

/** The words of an installer with paths of the source, and without what only matters in an image. */
export function translate(words: readonly string[], place: Place): Arguments {
  const kept: string[] = [];
  const foreign: string[] = [];
  let python: string | undefined;
  let folder: string | undefined;
  const keepPath = (word: string, ...before: string[]) => {
    const path = word.includes("://") ? word : sourcePath(word, place);
    if (path === undefined) foreign.push(word);
    else kept.push(...before, path);
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const [name, joined] = splitOption(word);
    const value = () => joined ?? words[++at] ?? "";
    const kind = valueKindOf(name);
    if (name in dropped) {
      const text = dropped[name] ? value() : "";
      if (name === "--python" || name === "-p") python = /^\d+(\.\d+)*$/.test(text) ? text : undefined;
      if (name === "--project" || name === "--directory" || name === "-C") folder = text;
    } else if (kind === "links") {
      const link = value();
      if (link.includes("://")) kept.push(name, link);
      else if (sourcePath(link, place) !== undefined) keepPath(link, name);
    } else if (isPathKind(kind)) keepPath(value(), name);
    else if (kind === "word") kept.push(name, value());
    else if (word.startsWith("-") || !isPath(word)) kept.push(word);
    else if (/[*?]/.test(word)) foreign.push(word);
    else keepPath(word);
  }
  return { words: kept, foreign, ...(python && { python }), ...(folder && { folder }) };
}
