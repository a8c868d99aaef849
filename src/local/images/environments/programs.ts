/** Finds programs as a shell would. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The file that `name` runs: a path itself, or the first of the folders of `path`. */
export const findProgram = (name: string, path: string): string | undefined =>
  name.includes("/")
    ? [name].find(isExecutable)
    : path
        .split(delimiter)
        .filter(Boolean)
        .map((folder) => join(folder, name))
        .find(isExecutable);
