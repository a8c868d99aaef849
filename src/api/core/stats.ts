/**
 * What a node answers on `/stats/summary`: the kubelet's own format (stats/v1alpha1), as far as a process kubelet knows it.
 * Peaks, `finishTime` and the containers that have ended are additions.
 */

export interface CpuStats {
  readonly time: string;
  /** Now, averaged over a few seconds; 0 after the end. */
  readonly usageNanoCores: number;
  /** Since the start, over all runs of the container. */
  readonly usageCoreNanoSeconds: number;
  readonly peakNanoCores: number;
}

export interface MemoryStats {
  readonly time: string;
  /** With the files that the kernel keeps in memory for it. */
  readonly usageBytes: number;
  /** Without those that it can drop at once: what counts against a limit. */
  readonly workingSetBytes: number;
  /** What is left below the limit; absent without one. */
  readonly availableBytes?: number;
  readonly peakBytes: number;
}

export interface ContainerStats {
  readonly name: string;
  readonly startTime: string;
  readonly finishTime?: string;
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
}

export interface PodStats {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly startTime: string;
  readonly containers: readonly ContainerStats[];
}

export interface StatsSummary {
  readonly node: {
    readonly nodeName: string;
    readonly cpu: Pick<CpuStats, "time" | "usageCoreNanoSeconds">;
    readonly memory: Pick<MemoryStats, "time" | "usageBytes" | "availableBytes">;
  };
  /** Those that run, and those that ended as long as their logs are kept. */
  readonly pods: readonly PodStats[];
}
