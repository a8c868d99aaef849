/**
 * Tasks, actors and placement groups that no node of a Ray cluster can ever take: Ray waits for them for ever, and says so
 * in the driver's log at best. Pure.
 */
import type { Pod } from "../../api/core/pod.ts";
import { labels } from "../../api/ray/labels.ts";
import { formatHumanBytes } from "../../machinery/human-quantity.ts";
import type { RayDemand, RayResources } from "../../ray/demands.ts";
import type { Finding } from "./finding.ts";

const startCommand = "KUBERAY_GEN_RAY_START_CMD";

function flag(command: string, name: string): number | undefined {
  const value = new RegExp(`--${name}[= ](\\d+(?:\\.\\d+)?)`).exec(command)?.[1];
  return value === undefined ? undefined : Number(value);
}

function customResources(command: string): RayResources {
  const json = /--resources[= ]'?(\{.*?\})/.exec(command)?.[1]?.replaceAll("\\", "");
  try {
    return json ? (JSON.parse(json) as RayResources) : {};
  } catch {
    return {};
  }
}

/** What a node was started with; what `ray start` was not told it finds out by itself, and nobody else knows. */
function nodeResources({ spec }: Pod): RayResources | undefined {
  const command = spec.containers[0]?.env?.find(({ name }) => name === startCommand)?.value;
  if (command === undefined) return undefined;
  return {
    CPU: flag(command, "num-cpus") ?? Infinity,
    GPU: flag(command, "num-gpus") ?? 0,
    memory: flag(command, "memory") ?? Infinity,
    ...customResources(command),
  };
}

const show = (resource: string, amount: number): string =>
  resource === "memory" || resource === "object_store_memory"
    ? `${formatHumanBytes(amount)} of ${resource}`
    : `${amount.toLocaleString("en-US")} ${resource}`;

const unjudged = new Set(["object_store_memory"]);

/** For each resource that is short: asked, and on the node with most of it. */
function shortages({ resources }: RayDemand, nodes: readonly RayResources[]): readonly string[] {
  return Object.entries(resources).flatMap(([resource, amount]) => {
    const most = Math.max(...nodes.map((node) => node[resource] ?? 0));
    // Ray's own marks of a node or a placement group, and what it sizes by itself.
    if (amount <= most || unjudged.has(resource) || /^node:|_group_|^bundle/.test(resource)) return [];
    const offer = most === 0 ? "no Ray node has it" : `the largest Ray node has ${show(resource, most)}`;
    return [`requests ${show(resource, amount)}; ${offer}`];
  });
}

const waiters = ({ what, count }: RayDemand): string =>
  what === "tasks/actors" ? `${count} or more tasks or actors wait` : `${count} or more placement groups wait`;

const remedy =
  "request less in the program (`num_cpus`, `num_gpus`, `resources=`), or give the groups in the manifest more resources, and run it again";

/** `pods`: all of the cluster. Demands that wait for others to end are no finding. */
export function explainDemands(
  where: string,
  demands: readonly RayDemand[],
  pods: readonly Pod[],
): Finding | undefined {
  const ofRay = pods.filter(({ metadata }) => metadata.labels?.[labels.nodeType] !== undefined);
  const nodes = ofRay.map(nodeResources).filter((node) => node !== undefined);
  if (nodes.length === 0) return undefined;
  const evidence = demands.flatMap((demand) => {
    const short = shortages(demand, nodes);
    return short.length > 0 ? [`${waiters(demand)} forever: each ${short.join(", ")}`] : [];
  });
  return evidence.length > 0 ? { cause: "WaitingForResources", where, evidence, remedy } : undefined;
}
