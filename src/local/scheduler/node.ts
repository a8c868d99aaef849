/** What the scheduler reads of a node and of the pods on it. */
import type { Pod, ResourceList } from "../../api/core/pod.ts";
import { isPodFinished } from "../../api/core/pod.ts";
import type { KubeObject } from "../../meta/object.ts";
import { addAmounts, type Amounts, parseAmounts, podRequests } from "./requests.ts";

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface Node extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[] };
  readonly status?: {
    readonly allocatable?: ResourceList;
    readonly capacity?: ResourceList;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** A node with what is taken of it; `place` counts one more pod. */
export interface NodeState {
  readonly node: Node;
  readonly allocatable: Amounts;
  /** Changes as pods are placed. */
  used: Amounts;
  readonly pods: Pod[];
}

/** Pods of the node share the machine's network: their container ports are host ports. */
const networkAnnotation = "windlass.dev/network";

export function sharesNetwork(node: Node): boolean {
  return node.metadata.annotations?.[networkAnnotation] === "shared";
}

export function stateOf(node: Node, pods: readonly Pod[]): NodeState {
  const state: NodeState = {
    node,
    allocatable: parseAmounts(node.status?.allocatable ?? node.status?.capacity),
    used: {},
    pods: [],
  };
  for (const pod of pods) if (!isPodFinished(pod)) place(pod, state);
  return state;
}

export function place(pod: Pod, state: NodeState): void {
  state.used = addAmounts(state.used, podRequests(pod));
  state.pods.push(pod);
}
