/** What a RayCluster asks for in all, and between which numbers of workers, by its spec. Pure. */
import type { PodTemplateSpec } from "../../api/core/pod.ts";
import { containerRequests } from "../../api/core/requests.ts";
import type { RayCluster, RayClusterStatus, WorkerGroupSpec } from "../../api/ray/types.ts";
import { addQuantities, formatQuantity, type ParsedQuantity, parseQuantity } from "../../machinery/quantity.ts";
import { addResources, timesQuantity } from "../../machinery/resources.ts";
import { desiredReplicas, hostsOf } from "./pod-state.ts";
import { isGpu } from "./pod-template/ray-start.ts";

const maxInt32 = 2_147_483_647;
const zero = parseQuantity("0");

type IsMeant = (resource: string) => boolean;

/** Requests (else limits) of a template's containers. */
function podAmount({ spec }: PodTemplateSpec, isMeant: IsMeant): ParsedQuantity {
  let sum = zero;
  const all = spec.containers.map(containerRequests).reduce(addResources, {});
  for (const [name, amount] of Object.entries(all)) if (isMeant(name)) sum = addQuantities(sum, amount);
  return sum;
}

const activeGroups = ({ spec }: RayCluster): readonly WorkerGroupSpec[] =>
  (spec.workerGroupSpecs ?? []).filter((group) => !group.suspend);

function total(cluster: RayCluster, isMeant: IsMeant): string {
  let sum = podAmount(cluster.spec.headGroupSpec.template, isMeant);
  for (const group of activeGroups(cluster)) {
    const each = podAmount(group.template, isMeant);
    sum = addQuantities(sum, timesQuantity(each, desiredReplicas(group) * hostsOf(group)));
  }
  return formatQuantity(sum);
}

type Totals = Pick<RayClusterStatus, "desiredCPU" | "desiredMemory" | "desiredGPU" | "desiredTPU">;

export const totals = (cluster: RayCluster): Totals => ({
  desiredCPU: total(cluster, (name) => name === "cpu"),
  desiredMemory: total(cluster, (name) => name === "memory"),
  desiredGPU: total(cluster, isGpu),
  desiredTPU: total(cluster, (name) => name === "google.com/tpu"),
});

/** The fewest and the most workers that the groups allow. */
export function workerBounds(cluster: RayCluster): { readonly min: number; readonly max: number } {
  const sum = (of: (group: WorkerGroupSpec) => number) =>
    activeGroups(cluster).reduce((total, group) => total + of(group) * hostsOf(group), 0);
  return {
    min: sum((group) => group.minReplicas ?? 0),
    max: Math.min(
      sum((group) => group.maxReplicas ?? maxInt32),
      maxInt32,
    ),
  };
}
