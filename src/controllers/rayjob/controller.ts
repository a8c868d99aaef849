/** The RayJob controller, drop-in for KubeRay's. Ray is asked by actions, never from within a pass. */
import { Job as JobKind, Pod as PodKind, Service as ServiceKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { finalizers, labels, operatorManager } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind, RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayJob, RayJobStatus } from "../../api/ray/types.ts";
import { randomSuffix } from "../../machinery/names.ts";
import type { RayClientFactory, SubmitRequest } from "../../ray/client.ts";
import type { Action, ControllerSpec, Request } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { rayPodSelector } from "../raycluster/pods.ts";
import { observe, type World } from "./observe.ts";
import { planRayJob, planRayJobDeletion } from "./plan.ts";
import { submitterContainer } from "./submitter-state.ts";

export interface RayJobControllerOptions {
  readonly options: RayOperatorOptions;
  readonly ray: RayClientFactory;
  /** Yields [0, 1). */
  readonly random?: () => number;
}

interface Input {
  readonly address: string;
  readonly service: string;
  readonly jobId: string;
  readonly tokenSecret?: string;
  readonly request?: SubmitRequest;
}

function act(factory: RayClientFactory, action: Action, root: RayJob, signal: AbortSignal): Promise<unknown> {
  const { jobId, request, ...where } = action.input as unknown as Input;
  const ray = factory({ namespace: root.metadata.namespace ?? "default", ...where });
  if (request) return ray.submit(request, signal);
  return action.type === "Stop" ? ray.stop(jobId, signal) : ray.jobInfo(jobId, signal);
}

/** A sidecar's end is in the head's status; the cluster's name is the job's and five random characters. */
function jobOfHead(object: KubeObject): readonly Request[] {
  const { metadata, spec } = object as Pod;
  if (!spec.containers.some(({ name }) => name === submitterContainer)) return [];
  const name = metadata.labels?.[labels.cluster]?.replace(/-[^-]+$/, "");
  return name ? [{ namespace: metadata.namespace, name }] : [];
}

/** Longer than any call of a RayClient takes. */
const actionTimeoutMs = 12_000;

export function createRayJobController({
  options,
  ray,
  random = Math.random,
}: RayJobControllerOptions): ControllerSpec<RayJob, World, RayJobStatus> {
  const dependencies = { options, suffix: () => randomSuffix(random) };
  return {
    name: "rayjob",
    root: RayJobKind,
    owns: [RayClusterKind, ServiceKind, JobKind],
    watches: [{ kind: PodKind, map: jobOfHead }],
    cacheSelectors: { "/pods": rayPodSelector },
    manages: ({ spec }) => spec.managedBy === undefined || spec.managedBy === operatorManager,
    finalizer: { name: finalizers.rayJob },
    actionTimeoutMs,
    observe,
    plan: (root, world, now) => planRayJob(root, world, now, dependencies),
    planDeletion: (root, world) => planRayJobDeletion(root, world),
    act: (action, root, signal) => act(ray, action, root, signal),
  };
}
