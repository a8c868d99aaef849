/** Where this package is on the disk: the checkout, or the folder it was installed in. Sources and bundle lie at different depths below it. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

function findUp(folder: string, name: string): string {
  if (existsSync(join(folder, name))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`${import.meta.dirname} is in no package`);
  return findUp(parent, name);
}

export const packageRoot = findUp(import.meta.dirname, "bin/windlass");

/** A program that runs on its own, by its source below the root: in an installed package its bundle, or its folder. */
export function programFile(source: string): string {
  const file = join(packageRoot, source);
  return existsSync(file) ? file : join(packageRoot, "dist", basename(source).replace(/\.ts$/, ".mjs"));
}
