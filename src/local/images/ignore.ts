/**
 * What an ignore file leaves out. A `.dockerignore` counts from its folder and may take back what it left out
 * (`*`, then `!src`); a `.gitignore` names files at any depth, and what is in an ignored folder stays out. Pure.
 */

export interface Ignored {
  has(path: string): boolean;
  /** Whether something in the ignored folder is taken back. */
  mayHoldOthers(folder: string): boolean;
}

interface Pattern {
  readonly test: RegExp;
  readonly isNegated: boolean;
  /** Its folders and its name. */
  readonly parts: readonly string[];
}

function globSource(glob: string): string {
  return glob
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("**/", "\u0000")
    .replaceAll("**", "\u0001")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]")
    .replaceAll("\u0000", "(?:.*/)?")
    .replaceAll("\u0001", ".*");
}

/** One line of an ignore file; undefined for a comment or nothing. */
function parsePattern(line: string, isDocker: boolean): Pattern | undefined {
  const trimmed = line.trim();
  if (!trimmed || trimmed.startsWith("#")) return undefined;
  const isNegated = trimmed.startsWith("!");
  const body = (isNegated ? trimmed.slice(1).trim() : trimmed).replace(/\/+$/, "");
  const isRooted = isDocker || body.includes("/");
  const glob = body.replace(/^\.?\//, "");
  if (!glob || glob === ".") return undefined;
  const test = new RegExp(`^${isRooted ? "" : "(?:.*/)?"}${globSource(glob)}(?:/.*)?$`);
  return { isNegated, test, parts: glob.split("/") };
}

/** Whether a path that the pattern takes may lie in the folder. */
function mayLieIn({ parts }: Pattern, folder: string): boolean {
  const names = folder.split("/");
  for (const [at, name] of names.entries()) {
    const part = parts[at];
    if (part === undefined || part.includes("**")) return part !== undefined;
    if (!new RegExp(`^${globSource(part)}$`).test(name)) return false;
  }
  return parts.length > names.length;
}

export function parseIgnoreFile(text: string, isDocker: boolean): Ignored {
  const patterns = text
    .split(/\r?\n/)
    .map((line) => parsePattern(line, isDocker))
    .filter((pattern) => pattern !== undefined);
  const negated = patterns.filter(({ isNegated }) => isNegated);
  return {
    has: (path) => patterns.findLast(({ test }) => test.test(path))?.isNegated === false,
    mayHoldOthers: (folder) => isDocker && negated.some((pattern) => mayLieIn(pattern, folder)),
  };
}
