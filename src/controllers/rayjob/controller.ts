/** The RayJob controller, drop-in for KubeRay's. Ray is asked by actions, never from within a pass. */
import { Job as JobKind, Pod as PodKind, Secret, Service as ServiceKind } from "../../api/core/kinds.ts";
import { finalizers, operatorManager } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind, RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayJob, RayJobStatus } from "../../api/ray/types.ts";
import { randomSuffix } from "../../machinery/names.ts";
import type { RayClientFactory, SubmitRequest } from "../../ray/client.ts";
import type { Action, ControllerSpec } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { rayPodSelector } from "../raycluster/pods.ts";
import { observe, type World } from "./observe.ts";
import { planRayJob, planRayJobDeletion } from "./plan.ts";

export interface RayJobControllerOptions {
  readonly options: RayOperatorOptions;
  readonly ray: RayClientFactory;
  /** Token of a cluster that asks for one; undefined for all others. */
  readonly tokenOf?: (job: RayJob) => Promise<string | undefined>;
  /** Yields [0, 1). */
  readonly random?: () => number;
}

async function act(
  factory: RayJobControllerOptions,
  action: Action,
  root: RayJob,
  signal: AbortSignal,
): Promise<unknown> {
  const input = action.input as {
    readonly address: string;
    readonly service: string;
    readonly jobId: string;
    readonly request: SubmitRequest;
  };
  const token = await factory.tokenOf?.(root);
  const ray = factory.ray({
    namespace: root.metadata.namespace ?? "default",
    service: input.service,
    address: input.address,
    ...(token && { token }),
  });
  if (action.type === "Submit") return ray.submit(input.request, signal);
  if (action.type === "Stop") return ray.stop(input.jobId, signal);
  return ray.jobInfo(input.jobId, signal);
}

export function createRayJobController(factory: RayJobControllerOptions): ControllerSpec<RayJob, World, RayJobStatus> {
  const { options, random = Math.random } = factory;
  const dependencies = { options, suffix: () => randomSuffix(random) };
  return {
    name: "rayjob",
    root: RayJobKind,
    owns: [RayClusterKind, ServiceKind, JobKind, Secret],
    // Read for the sidecar submitter; the cluster's own status tells when to look.
    watches: [{ kind: PodKind, map: () => [] }],
    cacheSelectors: { "/pods": rayPodSelector },
    manages: ({ spec }) => spec.managedBy === undefined || spec.managedBy === operatorManager,
    finalizer: { name: finalizers.rayJob },
    actionTimeoutMs: 5000,
    observe,
    plan: (root, world, now) => planRayJob(root, world, now, dependencies),
    planDeletion: (root, world) => planRayJobDeletion(root, world),
    act: (action, root, signal) => act(factory, action, root, signal),
  };
}
