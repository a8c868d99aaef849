/** Why a pod cannot go to a node: each filter answers with a reason, or with nothing. Pure. */
import type { Pod, Toleration } from "../../api/core/pod.ts";
import { affinityMismatch } from "./affinity.ts";
import type { NodeState, Taint } from "./node.ts";
import { findPortClash, type PortClash } from "./ports.ts";
import { podRequests } from "./requests.ts";

export type Reason =
  | { readonly type: "unschedulable" }
  | { readonly type: "affinity"; readonly missing: string }
  | { readonly type: "taint"; readonly taint: Taint }
  | ({ readonly type: "ports" } & PortClash)
  | { readonly type: "pods"; readonly limit: number }
  | ({ readonly type: "resource"; readonly resource: string } & {
      readonly needs: number;
      readonly free: number;
      readonly total: number;
    });

type Filter = (pod: Pod, state: NodeState) => readonly Reason[];

export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some(
    ({ key, operator, value, effect }) =>
      (!effect || effect === taint.effect) &&
      (!key ? operator === "Exists" : key === taint.key) &&
      (operator === "Exists" || (value ?? "") === (taint.value ?? "")),
  );
}

const unschedulableTaint: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
const notReadyTaint: Taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

const cordoned: Filter = (pod, { node }) =>
  node.spec?.unschedulable && !tolerates(pod.spec.tolerations, unschedulableTaint) ? [{ type: "unschedulable" }] : [];

const tainted: Filter = (pod, { node }) => {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  const taints = [...(node.spec?.taints ?? []), ...(ready && ready.status !== "True" ? [notReadyTaint] : [])];
  const taint = taints.find(
    (candidate) => candidate.effect !== "PreferNoSchedule" && !tolerates(pod.spec.tolerations, candidate),
  );
  return taint ? [{ type: "taint", taint }] : [];
};

const unsuited: Filter = (pod, { node }) => {
  const missing = affinityMismatch(pod, node);
  return missing === undefined ? [] : [{ type: "affinity", missing }];
};

const portTaken: Filter = (pod, state) => {
  const clash = findPortClash(pod, state);
  return clash ? [{ type: "ports", ...clash }] : [];
};

const insufficient: Filter = (pod, { allocatable, used, pods }) => {
  const reasons: Reason[] = [];
  const limit = allocatable["pods"];
  if (limit !== undefined && pods.length >= limit) reasons.push({ type: "pods", limit });
  for (const [resource, needs] of Object.entries(podRequests(pod))) {
    if (needs === 0 || (resource === "ephemeral-storage" && allocatable[resource] === undefined)) continue;
    const total = allocatable[resource] ?? 0;
    const free = Math.max(0, total - (used[resource] ?? 0));
    if (needs > free) reasons.push({ type: "resource", resource, needs, free, total });
  }
  return reasons;
};

const filters: readonly Filter[] = [cordoned, unsuited, tainted, portTaken, insufficient];

/** The reasons of the first filter that refuses; none = the pod fits. */
export function refusals(pod: Pod, state: NodeState): readonly Reason[] {
  for (const filter of filters) {
    const reasons = filter(pod, state);
    if (reasons.length > 0) return reasons;
  }
  return [];
}

/** Whether no other pod's end can help. */
export function isPermanent(reason: Reason): boolean {
  if (reason.type === "resource") return reason.needs > reason.total;
  return reason.type !== "ports" && reason.type !== "pods";
}
