/** Why the scheduler finds no place: which resource, how much is asked, and whether any node could ever give it. Pure. */
import type { Pod, ResourceList } from "../../api/core/pod.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { amountsOf, formatAmount, podRequests } from "../../local/scheduler/requests.ts";
import type { Finding } from "./finding.ts";

export interface NodeLike extends KubeObject {
  readonly status?: { readonly allocatable?: ResourceList };
}

interface Shortage {
  readonly resource: string;
  readonly needs: number;
  readonly most: number;
}

/** What the pod asks for and no node has, however idle it were. */
function shortages(pod: Pod, nodes: readonly NodeLike[]): readonly Shortage[] {
  if (nodes.length === 0) return [];
  const offers = nodes.map((node) => amountsOf(node.status?.allocatable));
  return Object.entries(podRequests(pod)).flatMap(([resource, needs]) => {
    const most = Math.max(0, ...offers.map((offer) => offer[resource] ?? 0));
    return needs > most ? [{ resource, needs, most }] : [];
  });
}

/** Less of it helps only where there is some of it. */
function neverRemedy(never: readonly Shortage[]): string {
  if (never.length === 0)
    return "correct its node selector, affinity or tolerations, label a node, or run where such nodes are (`--context`)";
  return never.some(({ most }) => most === 0)
    ? "remove the request for what no node has, or run where there is such a node (`--context`)"
    : "ask for less, or run on larger nodes (`--context`; the local cluster: `windlass up --cpus N`)";
}

/** `message` is the scheduler's own. */
export function explainSchedule(pod: Pod, message: string, nodes: readonly NodeLike[] = []): Finding {
  const where = `pod ${pod.metadata.name}`;
  const never = shortages(pod, nodes);
  if (never.length > 0 || message.includes("Never fits")) {
    const lines = never.map(
      ({ resource, needs, most }) =>
        `asks for ${formatAmount(resource, needs)} ${resource}; the largest node has ${formatAmount(resource, most)}: it can never run here`,
    );
    return { cause: "NeverFits", where, evidence: [...lines, message].filter(Boolean), remedy: neverRemedy(never) };
  }
  const evidence = [message || "the scheduler has not placed it yet"];
  if (/persistentvolumeclaim|volume/i.test(message)) {
    return {
      cause: "VolumeMissing",
      where,
      evidence,
      remedy: "create the claim or the volume it names, or correct the name",
    };
  }
  const remedy = /affinity|selector|taint/.test(message)
    ? "no free node fits its selector, affinity or tolerations: correct them, or label or free a node"
    : "it starts when others have ended: wait, cancel one, or add nodes";
  return { cause: "Unschedulable", where, evidence, remedy };
}
