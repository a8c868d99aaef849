/**
 * Where pods go. `schedulePod` is one decision; `planRound` decides for all that wait, in order of priority and age,
 * each seeing those placed before it. Pure: scheduler.ts carries it out.
 */
import { isPodFinished, type Pod } from "../../api/core/pod.ts";
import { keyOf } from "../../meta/object.ts";
import { explain, type Refusal } from "./explain.ts";
import { refusals } from "./filters.ts";
import { type Node, type NodeState, place, stateOf } from "./node.ts";

export type Placement =
  | { readonly node: string }
  | { readonly node?: undefined; readonly reason: "Unschedulable" | "SchedulingGated"; readonly message: string };

export interface Round {
  readonly bind: readonly { readonly pod: Pod; readonly node: string }[];
  /** Pods that stay Pending, with the PodScheduled condition they should have. */
  readonly wait: readonly { readonly pod: Pod; readonly reason: string; readonly message: string }[];
}

export interface Cluster {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  /** `namespace/name` of the claims that exist. */
  readonly claims: ReadonlySet<string>;
}

export const schedulerName = "default-scheduler";

/** The node for one pod, given the pods on each node (by node name), or the reasons why there is none. */
export function schedulePod(
  pod: Pod,
  nodes: readonly Node[],
  podsByNode: ReadonlyMap<string, readonly Pod[]>,
): Placement {
  const states = nodes.map((node) => stateOf(node, podsByNode.get(node.metadata.name ?? "") ?? []));
  return choose(pod, states);
}

function choose(pod: Pod, states: readonly NodeState[]): Placement {
  const refused: Refusal[] = [];
  let best: NodeState | undefined;
  for (const state of states) {
    const reasons = refusals(pod, state);
    if (reasons.length > 0) refused.push({ state, reasons });
    else if (!best || load(state) < load(best)) best = state;
  }
  if (best) return { node: best.node.metadata.name ?? "" };
  return { reason: "Unschedulable", message: explain(pod, refused) };
}

/** The largest share of anything that is taken: the emptiest node wins. */
function load({ allocatable, used, pods }: NodeState): number {
  const shares = Object.entries(used).map(([resource, amount]) => amount / (allocatable[resource] || Infinity));
  return Math.max(0, ...shares) + pods.length * 1e-6;
}

/** Whether the scheduler still has to decide about this pod. */
export function isWaiting(pod: Pod): boolean {
  return pod.spec.nodeName === undefined && pod.metadata.deletionTimestamp === undefined && !isPodFinished(pod);
}

/** `assumed` holds the node of pods (by uid) whose binding was sent but is not seen yet. */
export function planRound(cluster: Cluster, assumed: ReadonlyMap<string, string>): Round {
  const nodeOf = (pod: Pod) => pod.spec.nodeName ?? assumed.get(pod.metadata.uid ?? "");
  const placed = Map.groupBy(cluster.pods, (pod) => nodeOf(pod) ?? "");
  const states = cluster.nodes
    .filter((node) => node.metadata.deletionTimestamp === undefined)
    .map((node) => stateOf(node, placed.get(node.metadata.name ?? "") ?? []));
  const byName = new Map(states.map((state) => [state.node.metadata.name ?? "", state]));
  const bind: Round["bind"][number][] = [];
  const wait: Round["wait"][number][] = [];
  for (const pod of (placed.get("") ?? []).filter(isWaiting).sort(byPriorityAndAge)) {
    const placement = blocker(pod, cluster.claims) ?? choose(pod, states);
    if (placement.node === undefined) {
      wait.push({ pod, reason: placement.reason, message: placement.message });
      continue;
    }
    place(pod, byName.get(placement.node) as NodeState);
    bind.push({ pod, node: placement.node });
  }
  return { bind, wait };
}

function byPriorityAndAge(one: Pod, other: Pod): number {
  const byPriority = (other.spec.priority ?? 0) - (one.spec.priority ?? 0);
  if (byPriority !== 0) return byPriority;
  const [a, b] = [one.metadata.creationTimestamp ?? "", other.metadata.creationTimestamp ?? ""];
  return a < b ? -1 : Number(a > b);
}

/** What keeps a pod from every node. */
function blocker(pod: Pod, claims: ReadonlySet<string>): Placement | undefined {
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
    return { reason: "SchedulingGated", message: "Scheduling is blocked due to non-empty scheduling gates" };
  }
  if ((pod.spec.schedulerName ?? schedulerName) !== schedulerName) {
    const message = `No scheduler named "${pod.spec.schedulerName}" runs here. Remove spec.schedulerName.`;
    return { reason: "Unschedulable", message };
  }
  for (const volume of pod.spec.volumes ?? []) {
    const name = volume.persistentVolumeClaim?.claimName;
    if (name !== undefined && !claims.has(keyOf({ metadata: { name, namespace: pod.metadata.namespace } }))) {
      const message = `persistentvolumeclaim "${name}" not found. Create it, or remove the volume "${volume.name}".`;
      return { reason: "Unschedulable", message };
    }
  }
  return undefined;
}
