/** The `ray start` command of a pod, from rayStartParams, group resources and container limits. Pure. */
import type { Container } from "../../../api/core/pod.ts";
import { ports } from "../../../api/ray/labels.ts";
import type { HeadGroupSpec, RayClusterSpec, StringMap, WorkerGroupSpec } from "../../../api/ray/types.ts";
import { isQuantity, parseQuantity, quantityCeil, quantityToNumber } from "../../../machinery/quantity.ts";
import { sortedJson } from "../../../machinery/sorted-json.ts";

const gpuKey = /gpu$/;
const migKey = /^nvidia\.com\/mig-\d+g\.\d+gb$/;
/** Resources of a container that Ray counts as GPUs. */
export const isGpu = (name: string): boolean => gpuKey.test(name) || migKey.test(name);
/** Accelerators that Ray knows by a resource name of its own. */
const accelerators: Readonly<Record<string, string>> = {
  "aws.amazon.com/neuroncore": "neuron_cores",
  "google.com/tpu": "TPU",
};

type Params = Record<string, string>;

const isZero = (value: string | number | undefined) =>
  value === undefined || !isQuantity(value) || parseQuantity(value).nano === 0n;
const ceil = (value: string | number) => String(quantityCeil(parseQuantity(value)));

/** The group's own `resources`, which win over parameters. */
function fromGroupResources(resources: StringMap | undefined): Params {
  const params: Params = {};
  const custom: Record<string, number> = {};
  for (const [name, value] of Object.entries(resources ?? {})) {
    if (!isQuantity(value)) continue;
    const lower = name.toLowerCase();
    if (lower === "cpu") params["num-cpus"] = ceil(value);
    else if (lower === "memory") params["memory"] = ceil(value);
    else if (isGpu(lower)) params["num-gpus"] = ceil(value);
    else custom[name] = quantityToNumber(parseQuantity(value));
  }
  if (Object.keys(custom).length > 0) params["resources"] = `'${sortedJson(custom)}'`;
  return params;
}

const isAmounts = (value: unknown): value is Readonly<Record<string, number>> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((amount) => typeof amount === "number");

function parseResources(text: string): Record<string, number> | undefined {
  try {
    const parsed: unknown = JSON.parse(text.replaceAll(/^['"`\s]+|['"`\s]+$/g, "") || "{}");
    return isAmounts(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

/** GPUs and other accelerators from the container's limits. */
function fromLimits(params: Params, limits: Readonly<Record<string, string | number>>): void {
  const keys = Object.keys(limits).sort();
  const existing = parseResources(params["resources"] ?? "");
  // A resources string that is no JSON is the user's own affair; nothing is detected beside it.
  if (!existing) return;
  const gpu = keys.find((key) => isGpu(key) && !isZero(limits[key]));
  if (gpu && !("num-gpus" in params)) params["num-gpus"] = ceil(limits[gpu] ?? "0");
  const accelerator = keys.find((key) => accelerators[key] && !isZero(limits[key]));
  if (!accelerator || "neuron_cores" in existing || "TPU" in existing) return;
  existing[accelerators[accelerator] ?? ""] = quantityToNumber(parseQuantity(limits[accelerator] ?? "0"));
  params["resources"] = `'${sortedJson(existing)}'`;
}

function fromContainer(params: Params, container: Container): void {
  const { limits = {}, requests = {} } = container.resources ?? {};
  if (!("num-cpus" in params)) {
    const cpu = isZero(limits["cpu"]) ? requests["cpu"] : limits["cpu"];
    if (cpu !== undefined && !isZero(cpu)) params["num-cpus"] = ceil(cpu);
  }
  // Limits only: a request is what is kept free, not what may be used.
  if (!("memory" in params) && limits["memory"] !== undefined && !isZero(limits["memory"]))
    params["memory"] = ceil(limits["memory"]);
  if (Object.keys(limits).length > 0) fromLimits(params, limits);
}

/** Flags that are printed with their value even when it is a boolean. */
const alwaysWithValue = new Set(["log-color", "include-dashboard", "include-log-monitor"]);

function render(params: Params): string {
  return Object.keys(params)
    .sort()
    .map((key) => {
      const value = params[key] ?? "";
      if (alwaysWithValue.has(key)) return ` --${key}=${value} `;
      if (value.toLowerCase() === "true") return ` --${key} `;
      return value.toLowerCase() === "false" ? "" : ` --${key}=${value} `;
    })
    .join("");
}

function commonParams(group: HeadGroupSpec | WorkerGroupSpec): Params {
  const params: Params = { ...group.rayStartParams, ...fromGroupResources(group.resources) };
  const labels = Object.entries(group.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (labels.length > 0) params["labels"] = labels.map(([key, value]) => `${key}=${value}`).join(",");
  return params;
}

const withDefaults = (params: Params): Params => ({
  "metrics-export-port": String(ports.metrics),
  "dashboard-agent-listen-port": String(ports.agent),
  ...params,
  block: "true",
});

const rayContainer = (group: HeadGroupSpec | WorkerGroupSpec): Container =>
  group.template.spec.containers[0] as Container;

/** GCS port of the head. */
export const headPort = (spec: RayClusterSpec): string =>
  spec.headGroupSpec.rayStartParams?.["port"] || String(ports.gcs);

export function headStartCommand(
  spec: RayClusterSpec,
  redis: { readonly username: boolean; readonly password: boolean },
): string {
  const head = spec.headGroupSpec;
  const params = withDefaults({ "dashboard-host": "0.0.0.0", ...commonParams(head) });
  if (spec.enableInTreeAutoscaling) params["no-monitor"] = "true";
  if (redis.username) params["redis-username"] = "$REDIS_USERNAME";
  if (redis.password) params["redis-password"] = "$REDIS_PASSWORD";
  fromContainer(params, rayContainer(head));
  return `ray start --head ${render(params)}`;
}

export function workerStartCommand(group: WorkerGroupSpec, address: string): string {
  const params = withDefaults({ address, ...commonParams(group) });
  fromContainer(params, rayContainer(group));
  return `ray start ${render(params)}`;
}
