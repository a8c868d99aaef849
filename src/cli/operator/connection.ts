/** The API that an operator works on: the cluster its pod is in, or what the user names; never one that just lies around. */
import { inClusterConfig, type LoadedConfig, loadKubeconfig } from "../../kube/kubeconfig.ts";
import type { Io } from "../program/io.ts";
import { operatorErrors } from "../errors/operator.ts";

export interface Connection {
  readonly config: LoadedConfig;
  readonly inCluster: boolean;
}

export async function findCluster(
  io: Io,
  flags: { readonly kubeconfig?: string; readonly context?: string },
): Promise<Connection> {
  const own = flags.kubeconfig || flags.context ? undefined : inClusterConfig(io.env);
  if (own) return { config: own, inCluster: true };
  if (!flags.kubeconfig && !flags.context) {
    throw operatorErrors.NO_CLUSTER(
      "operate on",
      "name the cluster with --context NAME, since this is not a pod; the local cluster runs its own controllers (`windlass up`)",
    );
  }
  const path = flags.kubeconfig ?? io.env["KUBECONFIG"];
  return { config: await loadKubeconfig({ path, context: flags.context }), inCluster: false };
}
