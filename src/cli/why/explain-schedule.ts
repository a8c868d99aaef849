/** Why the scheduler finds no place: which resource, how much is asked, what is free, and whether any node could ever give it. Pure. */
import type { Pod, ResourceList } from "../../api/core/pod.ts";
import type { Condition } from "../../meta/condition.ts";
import type { KubeObject } from "../../meta/object.ts";
import { addAmounts, type Amounts, parseAmounts, podRequests } from "../../local/scheduler/requests.ts";
import { formatHumanQuantity } from "../../machinery/human-quantity.ts";
import type { Finding } from "./finding.ts";
import { explainMissing } from "./explain-missing.ts";

export interface NodeLike extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: { readonly allocatable?: ResourceList; readonly conditions?: readonly Partial<Condition>[] };
}

/** The nodes, and the pods on them where they may be read. */
export interface Room {
  readonly nodes: readonly NodeLike[];
  readonly placed?: readonly Pod[];
}

interface Shortage {
  readonly resource: string;
  readonly needs: number;
  /** The largest amount on any node. */
  readonly most: number;
}

function shortages(pod: Pod, offers: readonly Amounts[]): readonly Shortage[] {
  if (offers.length === 0) return [];
  return Object.entries(podRequests(pod)).flatMap(([resource, needs]) => {
    const most = Math.max(0, ...offers.map((offer) => offer[resource] ?? 0));
    return needs > most ? [{ resource, needs, most }] : [];
  });
}

const quantityOf = (resource: string, amount: number): string =>
  formatHumanQuantity(resource, resource === "cpu" ? amount / 1000 : amount);

/** What is left of each node's offer by the pods on it; undefined where those may not be read. */
function freeAmounts({ nodes, placed }: Room): readonly Amounts[] | undefined {
  return placed && nodes.map((node) => leftOn(node, placed));
}

function leftOn({ metadata, status }: NodeLike, placed: readonly Pod[]): Amounts {
  const own = placed.filter(({ spec }) => spec.nodeName === metadata.name);
  const used = own.map(podRequests).reduce(addAmounts, {});
  const offer = Object.entries(parseAmounts(status?.allocatable));
  return Object.fromEntries(offer.map(([resource, amount]) => [resource, Math.max(0, amount - (used[resource] ?? 0))]));
}

/** Of what is short at the moment: asked, and free on the node that has most of it. */
function describeBusy(pod: Pod, room: Room): readonly string[] {
  const short = shortages(pod, freeAmounts(room) ?? []);
  return short.map(
    ({ resource, needs, most }) =>
      `requests ${quantityOf(resource, needs)}; no node has more than ${quantityOf(resource, most)} free right now`,
  );
}

/** Less of it helps only where there is some of it. */
function neverRemedy(never: readonly Shortage[]): string {
  if (never.length === 0)
    return "fix its node selector, affinity or tolerations, label a node, or run on a cluster with such nodes (`--context`)";
  return never.some(({ most }) => most === 0)
    ? "remove the request for what no node has, or run on a cluster that has it (`--context`)"
    : "request less, or run on larger nodes (`--context`; on the local cluster: `windlass up --cpus N`)";
}

/** `message` is the scheduler's own. */
export function explainSchedule(pod: Pod, message: string, room: Room = { nodes: [] }): Finding {
  const where = `pod ${pod.metadata.name}`;
  const never = shortages(
    pod,
    room.nodes.map((node) => parseAmounts(node.status?.allocatable)),
  );
  if (never.length > 0 || message.includes("Can never be scheduled")) {
    const lines = never.map(
      ({ resource, needs, most }) =>
        `requests ${quantityOf(resource, needs)}; the largest node has ${quantityOf(resource, most)}: it can never run here`,
    );
    return { cause: "NeverFits", where, evidence: [...lines, message].filter(Boolean), remedy: neverRemedy(never) };
  }
  const evidence = [message || "the scheduler has not scheduled it yet"];
  if (/persistentvolumeclaim|volume/i.test(message))
    return { cause: "VolumeMissing", where, evidence, remedy: explainMissing(message) };
  if (/affinity|selector|taint/.test(message)) {
    const remedy = "fix its node selector, affinity or tolerations, or label or free a node: no free node matches them";
    return { cause: "Unschedulable", where, evidence, remedy };
  }
  const remedy =
    "wait until other pods have finished, request less, cancel another experiment (`windlass list`), or add nodes";
  return { cause: "Unschedulable", where, evidence: [...describeBusy(pod, room), ...evidence], remedy };
}
