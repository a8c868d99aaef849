/**
 * What pods use now: on the local cluster from its node, which keeps peaks and what has ended; elsewhere from the metrics
 * API, or from the nodes themselves where that is not installed.
 */
import { checked } from "../../kube/create-client.ts";
import { isForbidden, isNotFound, KubeError } from "../../kube/errors.ts";
import type { ApiRequest } from "../../kube/transport.ts";
import { reachErrors } from "../errors/reach.ts";
import type { Target } from "../connect/target.ts";
import { type NodePodStats, type PodMetrics, type PodUsage, usageOfMetrics, usageOfStats } from "./pod-usage.ts";

async function get<T>({ client }: Target, path: string, query?: ApiRequest["query"]): Promise<T> {
  const request: ApiRequest = { method: "GET", path, ...(query && { query }) };
  return checked(request, await client.transport.request(request)) as T;
}

/** Not installed, not ready, or not for this user. */
const isOutOfReach = (error: unknown): boolean =>
  isNotFound(error) || isForbidden(error) || (error instanceof KubeError && error.code >= 500);

/** A node that is also asked for its disks fails as a whole where it cannot tell those. */
const query = { only_cpu_and_memory: "true" };

async function fromNode(target: Target, node: string): Promise<readonly PodUsage[]> {
  const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`;
  const { pods } = await get<{ readonly pods: readonly NodePodStats[] }>(target, path, query);
  // A pod that has just started is there before its containers.
  const own = pods.filter(({ podRef, containers = [] }) => podRef.namespace === target.namespace && containers.length);
  return own.map(usageOfStats);
}

/** Of the nodes that answer. Throws KubeError when none does. */
async function fromNodes(target: Target, nodes: readonly string[]): Promise<readonly PodUsage[]> {
  const answers = await Promise.allSettled(nodes.map((node) => fromNode(target, node)));
  const failed = answers.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected" && answers.every(({ status }) => status === "rejected")) throw failed.reason;
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}

async function fromMetrics(target: Target): Promise<readonly PodUsage[]> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(target.namespace)}/pods`;
  const { items } = await get<{ readonly items: readonly PodMetrics[] }>(target, path);
  return items.map(usageOfMetrics);
}

/** Of all pods of the namespace. `nodes`: those that its pods are on. Throws UserError where nobody tells. */
export async function readUsage(target: Target, nodes: readonly string[]): Promise<readonly PodUsage[]> {
  if (target.local) return fromNodes(target, ["local"]);
  try {
    return await fromMetrics(target);
  } catch (error) {
    if (!isOutOfReach(error)) throw error;
  }
  try {
    return await fromNodes(target, nodes);
  } catch (error) {
    if (isOutOfReach(error)) throw reachErrors.NO_METRICS(target.name, (error as KubeError).message).because(error);
    throw error;
  }
}
