/** What a pod group's resources come to in Kubernetes' terms. Pure. */
import type { ResourceRequirements, Toleration } from "../api/core/pod.ts";
import { formatQuantity, parseQuantity } from "../machinery/quantity.ts";
import type { PodGroup, Resources } from "./model.ts";

const defaultLimitRatio = 2;
const gib = 1024 ** 3;

/** CPUs as a quantity: `400m`, `2`. */
const cpuQuantity = (cpus: number): string => formatQuantity(parseQuantity(`${Math.round(cpus * 1000)}m`));

/** The manifest's GB are what the platform's users mean by them: 1024³ bytes. */
export function memoryBytes({ cpus, ramRatio, memory }: Resources): number {
  return Math.round((memory ?? cpus * (ramRatio ?? 0)) * gib);
}

export function memoryQuantity(bytes: number): string {
  const mib = 1024 ** 2;
  return bytes % mib === 0
    ? formatQuantity({ nano: BigInt(bytes) * 1_000_000_000n, format: "BinarySI" })
    : String(bytes);
}

/** GPUs per pod; a count of 0 means none, whatever else is said. */
export function gpuCount({ accelerators }: Resources): number {
  return accelerators?.gpu?.count ?? 0;
}

/** Chips of a TPU slice's topology: the product of its sides. */
const chips = (topology: string): number => topology.split("x").reduce((product, side) => product * Number(side), 1);

/** Pods that make up one member of the group: the machines of a TPU slice, else 1. */
export function hostsPerReplica({ accelerators }: Resources): number {
  const { tpu } = accelerators ?? {};
  return tpu ? Math.max(1, Math.ceil(chips(tpu.topology) / tpu.tpuChipsCount)) : 1;
}

export function requirementsOf(resources: Resources): ResourceRequirements {
  const {
    cpus,
    cpuLimitRatio = defaultLimitRatio,
    accelerators,
    ephemeralStorageRequest,
    ephemeralStorageLimit,
    rdma,
  } = resources;
  const memory = memoryQuantity(memoryBytes(resources));
  const gpus = gpuCount(resources);
  const devices: Record<string, string> = {};
  if (gpus > 0) devices[`nvidia.com/${accelerators?.gpu?.type ?? "gpu"}`] = String(gpus);
  if (accelerators?.tpu) devices["google.com/tpu"] = String(accelerators.tpu.tpuChipsCount);
  for (const device of rdma?.devices ?? []) devices[`nvidia.com/${device}`] = "1";
  return {
    requests: {
      cpu: cpuQuantity(cpus),
      memory,
      ...(ephemeralStorageRequest && { "ephemeral-storage": ephemeralStorageRequest }),
      ...devices,
    },
    limits: {
      cpu: cpuQuantity(cpus * cpuLimitRatio),
      memory,
      ...(ephemeralStorageLimit && { "ephemeral-storage": ephemeralStorageLimit }),
      ...devices,
    },
  };
}

/** Which nodes the group may run on. */
export function placementOf({ machineName, extraSelectors, extraTolerations, accelerators, ...rest }: Resources): {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
} {
  const { gpu, tpu } = accelerators ?? {};
  const hasGpu = gpuCount({ ...rest, accelerators }) > 0;
  const nodeSelector: Record<string, string> = {
    ...(machineName && { "kubernetes.io/hostname": machineName }),
    ...(hasGpu && gpu?.product && { "nvidia.com/gpu.product": gpu.product }),
    ...(tpu && { "cloud.google.com/gke-tpu-accelerator": tpu.type, "cloud.google.com/gke-tpu-topology": tpu.topology }),
    ...extraSelectors,
  };
  return {
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(extraTolerations?.length && { tolerations: extraTolerations }),
  };
}

/** Pods of a group that exist at once, and in all. */
export function podsOf(group: PodGroup, defaultCount: number): { readonly atOnce: number; readonly total: number } {
  const { count = defaultCount, completions = 1, parallelisms = 1, resources } = group;
  const hosts = hostsPerReplica(resources);
  return { atOnce: count * Math.min(completions, parallelisms) * hosts, total: count * completions * hosts };
}
