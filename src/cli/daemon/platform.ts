/** What the local cluster tells experiments about where they run. */
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Platform } from "../../controllers/experiment/platform-env.ts";
import type { Paths } from "../paths.ts";

export function localPlatform(paths: Paths, env: Readonly<Record<string, string | undefined>>): Platform {
  const root = env["WINDLASS_OUTPUTS"] ?? join(paths.state, "outputs");
  return {
    projectId: env["WINDLASS_PROJECT"] ?? "local",
    organizationName: "local",
    clusterName: "local",
    userName: userInfo().username,
    outputRoot: root,
    inputPath: env["WINDLASS_INPUTS"] ?? join(paths.state, "inputs"),
  };
}
