/** Makes a folder with those above it. Node's own `recursive` never returns where the kernel lets nobody make folders, as below /proc. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

export function makeFolder(folder: string, mode: number): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (!found) makeFolder(dirname(folder), mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process was faster.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
