/**
 * What an ignore file leaves out, by the library `ignore`. A `.gitignore` is Git's. Of a `.dockerignore` each line counts
 * from its folder, and the last one that names a path or a folder above it decides, so that it may take back what was
 * left out (`*`, then `!src`). Pure. Source: https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
import { posix } from "node:path";
import ignore from "ignore";

export interface Ignored {
  /** The path of a folder ends with `/`. */
  has(path: string): boolean;
  /** Whether something in the ignored folder is taken back. */
  mayHoldOthers(folder: string): boolean;
}

interface Pattern {
  readonly has: (path: string) => boolean;
  readonly isNegated: boolean;
  /** Its folders and its name. */
  readonly parts: readonly string[];
}

/** Counted from the folder of the file. */
function matcherOf(pattern: string): (path: string) => boolean {
  const rules = ignore({ ignorecase: false }).add(`/${pattern}`);
  return (path) => rules.ignores(path);
}

/** One line of a `.dockerignore`; undefined for a comment or nothing. */
function parseDockerPattern(line: string): Pattern | undefined {
  const trimmed = line.trim();
  if (!trimmed || trimmed.startsWith("#")) return undefined;
  const isNegated = trimmed.startsWith("!");
  const body = isNegated ? trimmed.slice(1).trim() : trimmed;
  const glob = posix.normalize(body).replace(/^\/+|\/+$/g, "");
  return !glob || glob === "." ? undefined : { isNegated, has: matcherOf(glob), parts: glob.split("/") };
}

/** Whether a path that the pattern takes may lie in the folder. */
function mayLieIn({ parts }: Pattern, folder: string): boolean {
  const names = folder.split("/");
  for (const [at, name] of names.entries()) {
    const part = parts[at];
    if (part === undefined || part.includes("**")) return part !== undefined;
    if (!matcherOf(part)(name)) return false;
  }
  return parts.length > names.length;
}

function parseDockerIgnore(text: string): Ignored {
  const patterns = text
    .split(/\r?\n/)
    .map(parseDockerPattern)
    .filter((pattern) => pattern !== undefined);
  const negated = patterns.filter(({ isNegated }) => isNegated);
  return {
    has: (path) => patterns.findLast((pattern) => pattern.has(path))?.isNegated === false,
    mayHoldOthers: (folder) => negated.some((pattern) => mayLieIn(pattern, folder)),
  };
}

export function parseIgnoreFile(text: string, isDocker: boolean): Ignored {
  if (isDocker) return parseDockerIgnore(text);
  const rules = ignore({ ignorecase: false }).add(text);
  return { has: (path) => rules.ignores(path), mayHoldOthers: () => false };
}
