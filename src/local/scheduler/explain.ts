/** Says why a pod does not run, in Kubernetes' form first and then what can be done about it. Pure. */
import type { Pod } from "../../api/core/pod.ts";
import { isPermanent, type Reason } from "./filters.ts";
import type { NodeState } from "./node.ts";
import { formatAmount, podRequests } from "./requests.ts";

export interface Refusal {
  readonly state: NodeState;
  readonly reasons: readonly Reason[];
}

/** `0/2 nodes are available: 1 Insufficient cpu (needs 6, 1.2 of 2 free), 1 Too many pods. Waits for …` */
export function explain(pod: Pod, refusals: readonly Refusal[]): string {
  const head = `0/${refusals.length} nodes are available`;
  if (refusals.length === 0) return "no nodes available to schedule pods: the node is not registered yet.";
  const counts = new Map<string, number>();
  for (const { reasons } of refusals) {
    for (const text of reasons.map(describe)) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const list = [...counts].map(([text, count]) => `${count} ${text}`).sort();
  return `${head}: ${list.join(", ")}. ${advise(pod, refusals)}`;
}

function describe(reason: Reason): string {
  switch (reason.type) {
    case "unschedulable":
      return "node(s) were unschedulable";
    case "affinity":
      return `node(s) didn't match Pod's node affinity/selector (missing: ${reason.missing})`;
    case "taint":
      return `node(s) had untolerated taint(s) {${reason.taint.key}: ${reason.taint.value ?? ""}}`;
    case "ports":
      return `node(s) didn't have free ports for the requested pod ports (${reason.port} is taken by ${reason.holder})`;
    case "pods":
      return `Too many pods (the limit is ${reason.limit})`;
    case "resource":
      return `Insufficient ${describeShortage(reason)}`;
  }
}

function describeShortage({ resource, needs, free, total }: Extract<Reason, { type: "resource" }>): string {
  const show = (amount: number) => formatAmount(resource, amount);
  const have = total === 0 ? "the node has none" : `${show(free)} of ${show(total)} free`;
  return `${resource} (needs ${show(needs)}, ${have})`;
}

function advise(pod: Pod, refusals: readonly Refusal[]): string {
  const hopeful = refusals.filter(({ reasons }) => !reasons.some(isPermanent));
  if (hopeful.length === 0) return `Can never be scheduled: ${adviseNever(refusals[0]?.reasons.find(isPermanent))}`;
  const wanted = new Set(Object.keys(podRequests(pod)));
  const holders = hopeful.flatMap(({ state, reasons }) => holdersOf(state, reasons, wanted));
  return `Waiting for other pods to finish: ${listNames([...new Set(holders)])}.`;
}

function adviseNever(reason: Reason | undefined): string {
  switch (reason?.type) {
    case "resource": {
      const most = formatAmount(reason.resource, reason.total);
      return reason.total === 0
        ? `no node here has ${reason.resource}. Remove the request, or run on a cluster that has it.`
        : `request at most ${most} ${reason.resource}, or run on a larger machine.`;
    }
    case "affinity":
      return `no node here has ${reason.missing}. Remove the node selector or affinity, or run on a cluster that has such nodes.`;
    case "taint":
      return `no toleration for ${reason.taint.key}. Add one, or remove the taint from the node.`;
    default:
      return "the node is cordoned. Uncordon it.";
  }
}

/** Names of the pods that hold what is missing. */
function holdersOf(state: NodeState, reasons: readonly Reason[], wanted: ReadonlySet<string>): readonly string[] {
  const ports = reasons.filter((reason) => reason.type === "ports").map(({ holder }) => holder);
  if (ports.length > 0) return ports;
  const short = new Set(reasons.flatMap((reason) => (reason.type === "resource" ? [reason.resource] : [])));
  const resources = short.size > 0 ? short : wanted;
  const holds = (pod: Pod) => [...resources].some((resource) => (podRequests(pod)[resource] ?? 0) > 0);
  const holders = state.pods.filter((pod) => short.size === 0 || holds(pod));
  return holders.map((pod) => pod.metadata.name ?? "");
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
