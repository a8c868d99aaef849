/** Outputs in a folder of this machine. Links are kept as links; a folder that vanishes meanwhile is no error. */
import { constants } from "node:fs";
import { copyFile, lstat, opendir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { byPath, type OutputFile, type OutputStore } from "./store.ts";

const isGone = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT";

async function* walk(folder: string, below = ""): AsyncGenerator<OutputFile> {
  try {
    for await (const entry of await opendir(join(folder, below))) {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (entry.isDirectory()) yield* walk(folder, path);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const { size, mtime } = await lstat(join(folder, path));
        yield { path, bytes: size, modified: mtime };
      }
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Shares blocks with the original where the file system can. A link is made anew, pointing where it pointed. */
async function download(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  if ((await lstat(from)).isSymbolicLink()) await symlink(await readlink(from), to);
  else await copyFile(from, to, constants.COPYFILE_FICLONE);
}

export function folderStore(place: string): OutputStore {
  return {
    place,
    async list(limit = Number.POSITIVE_INFINITY) {
      const files: OutputFile[] = [];
      for await (const file of walk(place)) {
        if (files.push(file) >= limit) break;
      }
      return files.sort(byPath);
    },
    download: ({ path }, to) => download(join(place, path), to),
  };
}
