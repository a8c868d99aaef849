/** Outputs below a prefix of a bucket. */
import type { S3Access } from "../../controllers/experiment/storage.ts";
import { S3Client, type S3Place } from "../storage/s3-client.ts";
import { byPath, type OutputStore } from "./store.ts";

export function bucketStore(place: string, { bucket, prefix }: S3Place, access: S3Access): OutputStore {
  const client = new S3Client(access);
  const below = prefix && `${prefix}/`;
  return {
    place,
    async list(limit) {
      const objects = await client.list({ bucket, prefix }, limit);
      // Some programs make an empty object for a folder.
      const files = objects.filter(({ key }) => !key.endsWith("/"));
      return files.map(({ key, bytes, modified }) => ({ path: key.slice(below.length), bytes, modified })).sort(byPath);
    },
    download: ({ path }, to) => client.download(bucket, below + path, to),
  };
}
