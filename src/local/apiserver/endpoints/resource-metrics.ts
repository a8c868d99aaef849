/**
 * metrics.k8s.io, the API behind `kubectl top`: what pods and nodes use now, from the node's own statistics. Nothing is
 * stored; what has ended is not in it, as with the metrics server.
 */
import type { ContainerStats, PodStats, StatsSummary } from "../../../api/core/stats.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import type { ApiRequest } from "../../../kube/transport.ts";
import { type HandlerResponse, json } from "../wire/response.ts";
import type { Core } from "../core.ts";
import { notFound } from "../errors.ts";
import { labelPredicate } from "../request/selectors.ts";
import { type GetAgent, mustHaveAgent } from "../subresources/log.ts";

const group = "metrics.k8s.io";
const apiVersion = `${group}/v1beta1`;
const root = `/apis/${apiVersion}/`;
const window = "2s";

export const metricsKinds = [
  { group, version: "v1beta1", kind: "NodeMetrics", resource: "nodes", namespaced: false },
  { group, version: "v1beta1", kind: "PodMetrics", resource: "pods", namespaced: true },
] as const;

interface Metrics {
  readonly metadata: UnknownObject["metadata"];
}

const amounts = (nanoCores: number, bytes: number) => ({
  cpu: `${Math.ceil(nanoCores)}n`,
  memory: `${Math.ceil(bytes / 1024)}Ki`,
});

const isRunning = ({ finishTime }: ContainerStats) => finishTime === undefined;

function podMetrics({ podRef, containers }: PodStats, labels: UnknownObject["metadata"]["labels"]) {
  const running = containers.filter(isRunning);
  return running.slice(0, 1).map(({ cpu }) => ({
    kind: "PodMetrics",
    apiVersion,
    metadata: {
      name: podRef.name,
      namespace: podRef.namespace,
      creationTimestamp: cpu.time,
      ...(labels && { labels }),
    },
    timestamp: cpu.time,
    window,
    containers: running.map(({ name, cpu: { usageNanoCores }, memory: { workingSetBytes } }) => ({
      name,
      usage: amounts(usageNanoCores, workingSetBytes),
    })),
  }));
}

function pods(core: Core, summary: StatsSummary, namespace: string | undefined): readonly Metrics[] {
  const wanted = summary.pods.filter(({ podRef }) => namespace === undefined || podRef.namespace === namespace);
  return wanted.flatMap((stats) => {
    const pod = core.store.get("pods", `${stats.podRef.namespace}/${stats.podRef.name}`);
    return pod ? podMetrics(stats, pod.metadata.labels) : [];
  });
}

function nodes(core: Core, { node, pods: all }: StatsSummary): readonly Metrics[] {
  const { nodeName, cpu, memory } = node;
  const { labels } = core.store.get("nodes", nodeName)?.metadata ?? {};
  const busy = all.flatMap(({ containers }) => containers.filter(isRunning));
  const nanoCores = busy.reduce((sum, container) => sum + container.cpu.usageNanoCores, 0);
  return [
    {
      kind: "NodeMetrics",
      apiVersion,
      metadata: { name: nodeName, creationTimestamp: cpu.time, ...(labels && { labels }) },
      timestamp: cpu.time,
      window,
      usage: amounts(nanoCores, memory.usageBytes),
    } as Metrics,
  ];
}

/** The answer to a request of this group; undefined for every other. Throws 404 and 503. */
export function resourceMetricsResponse(core: Core, request: ApiRequest, agent: GetAgent): HandlerResponse | undefined {
  if (request.method !== "GET" || !request.path.startsWith(root)) return undefined;
  const [, namespace, resource, name] =
    /^(?:namespaces\/([^/]+)\/)?(pods|nodes)(?:\/([^/]+))?$/.exec(request.path.slice(root.length)) ?? [];
  if (resource === undefined) return undefined;
  const summary = mustHaveAgent(agent).stats();
  const found = resource === "pods" ? pods(core, summary, namespace) : nodes(core, summary);
  if (name === undefined) {
    const items = found.filter(labelPredicate(request));
    return json({ kind: resource === "pods" ? "PodMetricsList" : "NodeMetricsList", apiVersion, metadata: {}, items });
  }
  const one = found.find(({ metadata }) => metadata.name === name);
  if (!one) throw notFound({ group, kind: resource === "pods" ? "PodMetrics" : "NodeMetrics", resource }, name);
  return json(one);
}
