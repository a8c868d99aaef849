/** What the local cluster tells experiments about where they run. */
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Platform } from "../../controllers/experiment/platform-env.ts";
import type { Storage } from "../../controllers/experiment/storage.ts";
import type { Paths } from "../paths.ts";

/** Folders beside the cluster's state, unless others or buckets are named. */
export function localStorage(paths: Paths, env: Readonly<Record<string, string | undefined>>): Storage {
  return {
    outputs: env["WINDLASS_OUTPUTS"] || join(paths.state, "outputs"),
    inputs: env["WINDLASS_INPUTS"] || join(paths.state, "inputs"),
  };
}

export function localPlatform(paths: Paths, env: Readonly<Record<string, string | undefined>>): Platform {
  return {
    projectId: env["WINDLASS_PROJECT"] ?? "local",
    organizationName: "local",
    clusterName: "local",
    userName: userInfo().username,
    storage: localStorage(paths, env),
    hostPaths: true,
  };
}
