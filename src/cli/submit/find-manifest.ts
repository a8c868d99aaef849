/** Which manifest a person means: a file, the one of a folder, or the one where they stand. Looks at names only. */
import { existsSync, globSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { manifestErrors } from "../errors/manifests.ts";

const names = ["manifest.yaml", "manifest.yml"];

/** Of a folder: `manifest.yaml`, then those in `aichor_manifests/`. */
export function manifestsIn(folder: string): readonly string[] {
  const own = names.map((name) => join(folder, name)).filter((path) => existsSync(path));
  const others = globSync("aichor_manifests/*.{yaml,yml}", { cwd: folder }).toSorted();
  return [...own, ...others.map((name) => join(folder, name))];
}

export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The manifest named, or that of the folder: its `manifest.yaml`, or the only one in `aichor_manifests/`. */
export function findManifest(cwd: string, given = "."): string {
  const path = resolve(cwd, given);
  if (!isFolder(path)) return path;
  const found = manifestsIn(path);
  const [first, ...others] = found;
  if (!first) throw manifestErrors.NO_MANIFEST(path, []);
  if (others.length === 0 || names.some((name) => first === join(path, name))) return first;
  throw manifestErrors.NO_MANIFEST(path, found);
}
