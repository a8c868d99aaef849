/** Pods: defaults, what admission adds, quality of service, immutability, and the grace a deletion gives. */
import type { UnknownObject } from "../../../meta/object.ts";
import { formatTime } from "../../../meta/condition.ts";
import { compareQuantities, isQuantity, parseQuantity } from "../../../machinery/quantity.ts";
import { scalarText } from "./scalar-text.ts";
import type { Strategy, WriteContext } from "./registry.ts";
import { defaultPodSpec, type Json } from "./pod-defaults.ts";
import { podSpecErrors, podUpdateErrors } from "./pod-validation.ts";

const specOf = (object: UnknownObject): Json => (object["spec"] ?? {}) as Json;
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

const isSameAmount = (a: unknown, b: unknown): boolean => {
  const [one, other] = [scalarText(a), scalarText(b)];
  return (
    one === other ||
    (isQuantity(one) && isQuantity(other) && compareQuantities(parseQuantity(one), parseQuantity(other)) === 0)
  );
};

/** Guaranteed: all have equal requests and limits of cpu and memory; BestEffort: none has any; else Burstable. */
function qosClassOf(spec: Json): string {
  const containers = [...listOf(spec["containers"]), ...listOf(spec["initContainers"])];
  const amounts = (container: Json, list: string): Json =>
    ((container["resources"] as Json | undefined)?.[list] ?? {}) as Json;
  const names = ["cpu", "memory"];
  const any = containers.some((c) =>
    names.some((n) => amounts(c, "requests")[n] !== undefined || amounts(c, "limits")[n] !== undefined),
  );
  if (!any) return "BestEffort";
  const guaranteed = containers.every((c) =>
    names.every((n) => {
      const limit = amounts(c, "limits")[n];
      return limit !== undefined && isSameAmount(amounts(c, "requests")[n] ?? limit, limit);
    }),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

const taintTolerations = ["not-ready", "unreachable"].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));

/** What the admission plug-ins of a default cluster add. */
function admit(spec: Json, { get }: WriteContext): Json {
  const account = (spec["serviceAccountName"] as string | undefined) || "default";
  const tolerations = listOf(spec["tolerations"]);
  const missing = taintTolerations.filter(
    ({ key }) => !tolerations.some((t) => t["key"] === key || (!t["key"] && t["operator"] === "Exists")),
  );
  const className = spec["priorityClassName"] as string | undefined;
  const priority = className
    ? (get("priorityclasses.scheduling.k8s.io", className)?.["value"] as number | undefined)
    : undefined;
  return {
    ...spec,
    serviceAccountName: account,
    serviceAccount: account,
    enableServiceLinks: spec["enableServiceLinks"] ?? true,
    preemptionPolicy: spec["preemptionPolicy"] ?? "PreemptLowerPriority",
    priority: spec["priority"] ?? priority ?? 0,
    ...((tolerations.length > 0 || missing.length > 0) && { tolerations: [...tolerations, ...missing] }),
  };
}

function createPod(object: UnknownObject, context: WriteContext): UnknownObject {
  const spec = admit(specOf(object), context);
  const gated = listOf(spec["schedulingGates"]).length > 0;
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
    lastProbeTime: null,
    lastTransitionTime: formatTime(context.now),
  };
  const status = { phase: "Pending", qosClass: qosClassOf(spec), ...(gated && { conditions: [condition] }) };
  return { ...object, spec, status };
}

function graceSeconds(object: UnknownObject, asked: number | undefined): number {
  const spec = specOf(object);
  const { phase } = (object["status"] ?? {}) as { phase?: string };
  // Nothing runs of a pod that has no node, or has ended.
  if (!spec["nodeName"] || phase === "Succeeded" || phase === "Failed") return 0;
  const own = (spec["terminationGracePeriodSeconds"] as number | undefined) ?? 30;
  return asked ?? Math.max(own, 1);
}

export const podStrategy: Strategy = {
  hasStatus: true,
  hasGeneration: true,
  statusKeepsMetadata: true,
  answersDeleted: true,
  default: (object) => ({ ...object, spec: defaultPodSpec(specOf(object)) }),
  onCreate: createPod,
  validate: (object, old) => [
    ...podSpecErrors(specOf(object)),
    ...(old ? podUpdateErrors(specOf(object), specOf(old)) : []),
  ],
  graceSeconds,
};
