/**
 * What pods use now: on the local cluster from its node, which keeps peaks and what has ended; elsewhere from the metrics
 * API, or from the nodes themselves where that is not installed.
 */
import { checked } from "../../kube/create-client.ts";
import { isForbidden, isNotFound, KubeError } from "../../kube/errors.ts";
import type { ApiRequest } from "../../kube/transport.ts";
import { reachErrors } from "../errors/reach.ts";
import type { Target } from "../target.ts";
import { type NodePodStats, type PodMetrics, type PodUsage, usageOfMetrics, usageOfStats } from "./pod-usage.ts";

async function get<T>({ client }: Target, path: string): Promise<T> {
  const request: ApiRequest = { method: "GET", path };
  return checked(request, await client.transport.request(request)) as T;
}

/** Not installed, not ready, or not for this user. */
const isOutOfReach = (error: unknown): boolean =>
  isNotFound(error) || isForbidden(error) || (error instanceof KubeError && error.code === 503);

async function fromNode(target: Target, node: string): Promise<readonly PodUsage[]> {
  const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`;
  const { pods } = await get<{ readonly pods: readonly NodePodStats[] }>(target, path);
  return pods.filter(({ podRef }) => podRef.namespace === target.namespace).map(usageOfStats);
}

async function fromNodes(target: Target, nodes: readonly string[]): Promise<readonly PodUsage[]> {
  return (await Promise.all(nodes.map((node) => fromNode(target, node)))).flat();
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
    if (isOutOfReach(error)) throw reachErrors.NO_METRICS(target.name).because(error);
    throw error;
  }
}
