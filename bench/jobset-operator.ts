/**
 * `windlass operator --controllers jobset` on a cluster whose pods end by themselves (simulated nodes), next to the same
 * work done by hand in the same run, which is what the cluster itself takes. WINDLASS_REAL_KUBECONFIG names the cluster.
 */
import { createClient } from "../src/kube/create-client.ts";
import { createHttpsTransport } from "../src/kube/https-transport.ts";
import { loadKubeconfig } from "../src/kube/kubeconfig.ts";
import { completions } from "./cluster/completions.ts";
import { closeGround, openGround } from "./cluster/ground.ts";
import { restarts } from "./cluster/restart.ts";
import type { Figure } from "./figure.ts";
import { installDefinitions, startOperator } from "./operator-process.ts";

export async function jobSetOperatorBench(): Promise<readonly Figure[]> {
  const kubeconfig = process.env["WINDLASS_REAL_KUBECONFIG"];
  if (!kubeconfig) throw new Error("set WINDLASS_REAL_KUBECONFIG to the kubeconfig of a cluster with simulated nodes");
  const config = await loadKubeconfig({ path: kubeconfig });
  const transport = createHttpsTransport({ ...config.transport, userAgent: "windlass/bench" });
  const client = createClient(transport);
  await installDefinitions(kubeconfig);
  const [ground, alone] = [await openGround(client), await openGround(client)];
  const operator = await startOperator(kubeconfig, "jobset");
  try {
    return [...(await restarts(ground, alone)), ...(await completions(ground, alone, operator))];
  } finally {
    await operator.stop();
    await Promise.all([ground, alone].map(closeGround));
    await transport.close?.();
  }
}
