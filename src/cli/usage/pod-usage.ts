/** What pods use, put together from what nodes and the metrics API tell. Pure. */
import type { Pod } from "../../api/core/pod.ts";
import type { ContainerStats, PodStats } from "../../api/core/stats.ts";
import { addQuantities, parseQuantity, quantityToNumber } from "../../machinery/quantity.ts";

export interface Usage {
  /** CPUs, now. */
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Known where the node keeps them, or from what was seen here. */
  readonly peakCpus?: number;
  readonly peakMemoryBytes?: number;
}

export interface PodUsage extends Usage {
  readonly pod: string;
  readonly hasEnded: boolean;
}

/** As a node of any Kubernetes tells them: the fields that are ours alone are absent there. */
export type NodePodStats = Pick<PodStats, "podRef"> & {
  readonly containers?: readonly {
    readonly finishTime?: string;
    readonly cpu?: Partial<ContainerStats["cpu"]>;
    readonly memory?: Partial<ContainerStats["memory"]>;
  }[];
};

const nanos = 1e9;
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

function sumKnown(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((one) => one !== undefined);
  return known.length === numbers.length && known.length > 0 ? sum(known) : undefined;
}

/** Containers of a pod have their peaks at different times: their sum is the most that the pod can have used. */
export function usageOfStats({ podRef, containers = [] }: NodePodStats): PodUsage {
  const running = containers.filter(({ finishTime }) => finishTime === undefined);
  const peakNanos = sumKnown(containers.map(({ cpu }) => cpu?.peakNanoCores));
  const peakBytes = sumKnown(containers.map(({ memory }) => memory?.peakBytes));
  return {
    pod: podRef.name,
    hasEnded: running.length === 0,
    cpus: sum(running.map(({ cpu }) => cpu?.usageNanoCores ?? 0)) / nanos,
    memoryBytes: sum(running.map(({ memory }) => memory?.workingSetBytes ?? 0)),
    ...(peakNanos !== undefined && { peakCpus: peakNanos / nanos }),
    ...(peakBytes !== undefined && { peakMemoryBytes: peakBytes }),
  };
}

/** An item of metrics.k8s.io. */
export interface PodMetrics {
  readonly metadata: { readonly name?: string };
  readonly containers: readonly { readonly usage: { readonly cpu: string; readonly memory: string } }[];
}

export function usageOfMetrics({ metadata, containers }: PodMetrics): PodUsage {
  const total = (of: "cpu" | "memory") =>
    quantityToNumber(containers.map(({ usage }) => parseQuantity(usage[of])).reduce(addQuantities, parseQuantity("0")));
  return { pod: metadata.name ?? "", hasEnded: false, cpus: total("cpu"), memoryBytes: total("memory") };
}

/** The memory that a pod may use: the sum of its containers' limits, unknown where one has none. */
export function memoryLimitOf({ spec }: Pod): number | undefined {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const limits = [...spec.containers, ...sidecars].map(({ resources }) => resources?.limits?.["memory"]);
  return sumKnown(
    limits.map((limit) => (limit === undefined ? undefined : quantityToNumber(parseQuantity(String(limit))))),
  );
}

/** Peaks of what was seen, where nobody else keeps them. */
export function withSeenPeaks(now: readonly PodUsage[], before: ReadonlyMap<string, Usage>): readonly PodUsage[] {
  return now.map((usage) => {
    const { peakCpus = 0, peakMemoryBytes = 0 } = before.get(usage.pod) ?? {};
    return {
      ...usage,
      peakCpus: Math.max(usage.peakCpus ?? usage.cpus, peakCpus),
      peakMemoryBytes: Math.max(usage.peakMemoryBytes ?? usage.memoryBytes, peakMemoryBytes),
    };
  });
}
