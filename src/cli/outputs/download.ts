/** Brings the files of a store into a folder of the user's. */
import { dirname, join, relative, resolve } from "node:path";
import { inParallel } from "../../machinery/in-parallel.ts";
import { makeFolder } from "../../runtime/make-folder.ts";
import { outputsErrors } from "../errors/outputs.ts";
import type { OutputFile, OutputStore } from "./store.ts";

/** Downloads at once. */
const parallel = 8;

const isWithin = (path: string, folder: string) => !relative(folder, path).startsWith("..");

function makeTarget(folder: string): void {
  try {
    makeFolder(folder, 0o777);
  } catch (cause) {
    throw outputsErrors.OUTPUTS_TARGET(folder, (cause as Error).message).because(cause);
  }
}

/**
 * Files of the same name are replaced, others are left alone. When one fails no more are begun, and those that are on
 * their way are finished. Throws UserError where `folder` cannot take them.
 */
export async function downloadAll(store: OutputStore, files: readonly OutputFile[], folder: string): Promise<void> {
  if (isWithin(folder, resolve(store.place)))
    throw outputsErrors.OUTPUTS_TARGET(folder, "it is inside the outputs folder");
  makeTarget(folder);
  const download = async (file: OutputFile) => {
    const to = join(folder, file.path);
    // The names of a bucket's objects are anybody's.
    if (!isWithin(to, folder)) throw outputsErrors.OUTPUTS_TARGET(to, "the name points outside the folder");
    makeTarget(dirname(to));
    await store.download(file, to);
  };
  await inParallel(
    parallel,
    files.map((file) => () => download(file)),
  );
}
