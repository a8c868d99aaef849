/**
 * Local projects are installed for editing from a copy that goes away again. What they leave in site-packages names
 * that copy; it is made to name the source as each run sees it, `WINDLASS_SOURCE`, so that environments are shared by
 * all versions of the code.
 */
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where a process of the experiment finds its source. */
export const sourceVariable = "WINDLASS_SOURCE";

const place = `(__import__("os").environ.get("${sourceVariable}") or __import__("os").getcwd())`;

/** A line of a `.pth` file: a folder, or code to run. */
const pathLine = (line: string, copy: string) =>
  line === copy || line.startsWith(`${copy}/`)
    ? `import sys; sys.path.append(${place} + ${JSON.stringify(line.slice(copy.length))})`
    : line;

/** String literals that begin with the copy's path become expressions. */
const codeOf = (text: string, copy: string) =>
  text.replaceAll(`'${copy}`, `${place} + '`).replaceAll(`"${copy}`, `${place} + "`);

/** Pure: the text of a file of site-packages, with the place of the source for that of the copy. */
export function relocate(name: string, text: string, copy: string): string {
  if (!text.includes(copy)) return text;
  if (!name.endsWith(".pth")) return codeOf(text, copy);
  return text
    .split("\n")
    .map((line) => (/^import[ \t]/.test(line) ? codeOf(line, copy) : pathLine(line, copy)))
    .join("\n");
}

function sitePackages(environment: string): readonly string[] {
  const lib = join(environment, "lib");
  return readdirSync(lib)
    .filter((name) => name.startsWith("python"))
    .map((name) => join(lib, name, "site-packages"));
}

/** Files are replaced, never written into: they may be links to those of an installer's cache. */
export function relocateProjects(environment: string, copy: string): void {
  for (const folder of sitePackages(environment)) {
    for (const name of readdirSync(folder).filter((each) => /\.(?:pth|py)$/.test(each))) {
      const file = join(folder, name);
      const text = readFileSync(file, "utf8");
      const moved = relocate(name, text, copy);
      if (moved === text) continue;
      writeFileSync(`${file}.new`, moved);
      renameSync(`${file}.new`, file);
    }
  }
}
