/** The worker groups of a RayCluster, one after the other, each as its hosts want it. Pure. */
import { Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import { labels } from "../../../api/ray/labels.ts";
import { removeAll, type Step } from "../../../runtime/steps.ts";
import { groupPods } from "../events.ts";
import type { PodContext } from "../pod-template/ray-pod.ts";
import { hostsOf, isTerminating, podsOfGroup } from "../pod-state.ts";
import { planReplicas } from "./multi-hosts.ts";
import { planSingleHosts } from "./single-hosts.ts";
import type { GroupInput, GroupSteps } from "./worker.ts";

/** All pods of the group, in one request. */
function planSuspended({ context: { cluster }, group, pods }: GroupInput): GroupSteps {
  if (podsOfGroup(pods, group.groupName).every(isTerminating)) return { steps: [], stops: false };
  const { name, namespace = "default" } = cluster.metadata;
  const labelSelector = `${labels.cluster}=${name},${labels.group}=${group.groupName}`;
  const object = `${group.groupName} of RayCluster ${namespace}/${name}`;
  return { steps: [removeAll(PodKind, { namespace, labelSelector }, { as: groupPods, object })], stops: false };
}

function planGroup(input: GroupInput): GroupSteps {
  const { context, group } = input;
  if (group.suspend) return planSuspended(input);
  const isMultiHost = hostsOf(group) > 1 && context.options.gates.RayMultiHostIndexing;
  return isMultiHost ? planReplicas(input) : planSingleHosts(input);
}

/** Up to the first group that stops the others. */
export function planGroups(context: PodContext, pods: readonly Pod[]): GroupSteps {
  const steps: Step[] = [];
  for (const group of context.cluster.spec.workerGroupSpecs ?? []) {
    const planned = planGroup({ context, group, pods });
    steps.push(...planned.steps);
    if (planned.stops) return { steps, stops: true };
  }
  return { steps, stops: false };
}
