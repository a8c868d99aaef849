/** Where Windlass keeps things on this machine: the XDG folders, or one folder named by WINDLASS_HOME. Pure. */
import { join } from "node:path";

export interface Paths {
  /** Objects, logs, pods: what must survive. */
  readonly state: string;
  /** Environments and snapshots: can be made again. */
  readonly cache: string;
  readonly kubeconfig: string;
  /** Written by the running local cluster: where it answers and who it is. */
  readonly server: string;
  readonly log: string;
}

export function localPaths(env: Readonly<Record<string, string | undefined>>): Paths {
  const home = env["HOME"] ?? "/root";
  const own = env["WINDLASS_HOME"];
  const state = own ? join(own, "state") : join(env["XDG_STATE_HOME"] || join(home, ".local", "state"), "windlass");
  const cache = own ? join(own, "cache") : join(env["XDG_CACHE_HOME"] || join(home, ".cache"), "windlass");
  return {
    state,
    cache,
    kubeconfig: join(state, "kubeconfig"),
    server: join(state, "server.json"),
    log: join(state, "windlass.log"),
  };
}
