/**
 * The manifest's `resources` as Kubernetes' requests, limits and node selection. Pure.
 * A GB of the manifest is a Gi here: `memory: 2` is 2Gi. Memory is a limit as much as a request; CPUs may burst.
 */
import type { ResourceRequirements } from "../../api/core/pod.ts";
import { formatQuantity } from "../../machinery/quantity.ts";
import { deviceNames } from "../model/device-names.ts";
import type { Resources } from "../model/manifest.ts";

const defaultCpuLimitRatio = 2;
const mebi = 2 ** 20;

/** Memory of a pod in bytes: whole Mi. */
export function memoryBytes({ cpus, memory, ramRatio = 0 }: Resources): number {
  return Math.max(1, Math.round((memory ?? cpus * ramRatio) * 1024)) * mebi;
}

/** GPUs of a pod; a count of 0, or none, is no GPU whatever else is said. */
export function gpuCount({ accelerators }: Resources): number {
  return accelerators?.gpu?.count ?? 0;
}

/** GB to a quantity, in whole Mi at least. */
export function gigabytes(value: number): string {
  return bytes(Math.max(1, Math.round(value * 1024)) * mebi);
}

const bytes = (value: number) => formatQuantity({ nano: BigInt(value) * 1_000_000_000n, format: "BinarySI" });

/** CPUs to a quantity, rounded up to a thousandth; the margin forgives binary fractions. */
function cpuQuantity(cpus: number): string {
  return formatQuantity({ nano: BigInt(Math.ceil(cpus * 1000 - 1e-6)) * 1_000_000n, format: "DecimalSI" });
}

/** Devices: counted the same in requests and limits. */
function devices({ accelerators, rdma }: Resources): Record<string, string> {
  const { gpu, tpu } = accelerators ?? {};
  const found: Record<string, string> = {};
  if (gpu?.count) found[deviceNames.gpu(gpu.type)] = String(gpu.count);
  if (tpu) found["google.com/tpu"] = String(tpu.tpuChipsCount);
  for (const name of rdma?.devices ?? []) found[deviceNames.rdma(name)] = "1";
  return found;
}

export function requirementsOf(resources: Resources): ResourceRequirements {
  const { cpus, cpuLimitRatio = defaultCpuLimitRatio, ephemeralStorageRequest, ephemeralStorageLimit } = resources;
  const memory = bytes(memoryBytes(resources));
  const same = devices(resources);
  return {
    requests: {
      ...(cpus > 0 && { cpu: cpuQuantity(cpus) }),
      memory,
      ...(ephemeralStorageRequest && { "ephemeral-storage": ephemeralStorageRequest }),
      ...same,
    },
    limits: {
      ...(cpus > 0 && { cpu: cpuQuantity(cpus * cpuLimitRatio) }),
      memory,
      ...(ephemeralStorageLimit && { "ephemeral-storage": ephemeralStorageLimit }),
      ...same,
    },
  };
}

/** Node labels: `nvidia.com/gpu.product` is NVIDIA's feature discovery's, the TPU ones are GKE's. */
export function nodeSelectorOf(resources: Resources): Readonly<Record<string, string>> | undefined {
  const { accelerators, machineName, extraSelectors } = resources;
  const product = gpuCount(resources) > 0 ? accelerators?.gpu?.product : undefined;
  const selector = {
    ...(product && { "nvidia.com/gpu.product": product }),
    ...(accelerators?.tpu && {
      "cloud.google.com/gke-tpu-accelerator": accelerators.tpu.type,
      "cloud.google.com/gke-tpu-topology": accelerators.tpu.topology,
    }),
    ...(machineName && { "kubernetes.io/hostname": machineName }),
    ...extraSelectors,
  };
  return Object.keys(selector).length > 0 ? selector : undefined;
}
