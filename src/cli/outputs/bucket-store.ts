/** Outputs below a prefix of a bucket. A file that was downloaded has the object's time, so that it is known again. */
import { stat, utimes } from "node:fs/promises";
import type { S3Access } from "../../controllers/experiment/compile/storage.ts";
import { S3Client, type S3Patience, type S3Place } from "../storage/s3-client.ts";
import { byPath, type OutputFile, type OutputStore } from "./store.ts";

/** Whether `to` was downloaded before, and neither of the two was changed since. */
async function isSame({ bytes, modified }: OutputFile, to: string): Promise<boolean> {
  const here = await stat(to).catch(() => undefined);
  return here?.isFile() === true && here.size === bytes && here.mtime.getTime() === modified.getTime();
}

export function bucketStore(
  place: string,
  { bucket, prefix }: S3Place,
  access: S3Access,
  patience?: S3Patience,
): OutputStore {
  const client = new S3Client(access, patience);
  const below = prefix && `${prefix}/`;
  return {
    place,
    async list(limit) {
      const objects = await client.list({ bucket, prefix }, limit);
      // Some programs make an empty object for a folder.
      const files = objects.filter(({ key }) => !key.endsWith("/"));
      return files.map(({ key, bytes, modified }) => ({ path: key.slice(below.length), bytes, modified })).sort(byPath);
    },
    async download(file, to) {
      if (await isSame(file, to)) return;
      await client.download(bucket, below + file.path, to);
      await utimes(to, file.modified, file.modified);
    },
  };
}
