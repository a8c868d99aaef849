/** Which packages of the system this machine has: by Debian's own list, or by a program of the same name. */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const statusFile = "/var/lib/dpkg/status";

/** Names of what is installed, of a file in dpkg's format. Pure. */
export function installedPackages(status: string): ReadonlySet<string> {
  const paragraphs = status.split("\n\n").filter((text) => /^Status: .* installed$/m.test(text));
  const named = paragraphs.flatMap((text) => /^Package: (.+)$/m.exec(text)?.[1] ?? []);
  const provided = paragraphs.flatMap((text) => /^Provides: (.+)$/m.exec(text)?.[1]?.split(/,\s*/) ?? []);
  return new Set([...named, ...provided.map((text) => text.replace(/ .*$/, ""))]);
}

/** Looks at the machine at the first question. */
export function machinePackages(path: string): (name: string) => boolean {
  let installed: ReadonlySet<string> | undefined;
  return (name) => {
    if (path.split(delimiter).some((folder) => existsSync(join(folder, name)))) return true;
    installed ??= existsSync(statusFile) ? installedPackages(readFileSync(statusFile, "utf8")) : new Set();
    return installed.has(name);
  };
}
