/** Symbolic links of this machine, one step at a time. */
import { readlinkSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Where a link leads; undefined for what is none, is not there or may not be read. */
export function linkOf(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return undefined;
  }
}
