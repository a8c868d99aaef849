/** What the local cluster tells experiments about where they run. */
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Platform } from "../../controllers/experiment/compile/platform-env.ts";
import type { Storage } from "../../controllers/experiment/compile/storage.ts";
import type { Paths } from "../program/paths.ts";
import { type PlaceFlags, placesOf, storageForPods, storageWith } from "../storage/places.ts";

/** Folders beside the cluster's state, unless others or buckets are named. Throws UserError. */
export function localStorage(
  paths: Paths,
  env: Readonly<Record<string, string | undefined>>,
  flags: PlaceFlags,
): Storage {
  const beside = { outputs: join(paths.state, "outputs"), inputs: join(paths.state, "inputs") };
  return storageWith({ ...beside, ...placesOf(flags, env, "/") }, env);
}

export function localPlatform(storage: Storage, env: Readonly<Record<string, string | undefined>>): Platform {
  return {
    projectId: env["WINDLASS_PROJECT"] ?? "local",
    organizationName: "local",
    clusterName: "local",
    userName: userInfo().username,
    storage: storageForPods(storage),
    hostPaths: true,
  };
}
