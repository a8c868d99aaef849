/** What the states of a RayJob share: the pass, its cluster, and how a state moves on. Pure. */
import { formatTime } from "../../api/meta/condition.ts";
import { Job as JobKind } from "../../api/core/kinds.ts";
import { RayCluster as RayClusterKind } from "../../api/ray/kinds.ts";
import { serviceFqdn } from "../../api/ray/names.ts";
import type { RayCluster, RayClusterStatus, RayJob, RayJobStatus } from "../../api/ray/types.ts";
import { deepEqual } from "../../machinery/deep-equal.ts";
import type { Apply, EventRecord, Plan } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { desiredRayCluster } from "./children.ts";
import type { World } from "./observe.ts";
import { desiredSubmitter } from "./submitter.ts";
import { countAttempt, isFinished } from "./transitions.ts";

export type JobPlan = Plan<RayJobStatus>;

export interface Pass {
  readonly job: RayJob;
  readonly world: World;
  readonly now: Date;
  readonly options: RayOperatorOptions;
  readonly suffix: () => string;
}

/** A fallback: what matters re-queues by itself. */
export const pollMs = 3000;

export const modeOf = ({ spec }: RayJob): string => spec.submissionMode || "K8sJobMode";
export const hasSubmitter = (job: RayJob) => modeOf(job) === "K8sJobMode" || modeOf(job) === "SidecarMode";

export const plan = (status: RayJobStatus, more: Partial<JobPlan> = {}): JobPlan => ({
  apply: [],
  remove: [],
  events: [],
  status,
  requeueAfterMs: pollMs,
  ...more,
});

/** Ends the attempt, or moves on: counters, end time, and a retry where one is left. */
export function move(pass: Pass, change: Partial<RayJobStatus>, more: Partial<JobPlan> = {}): JobPlan {
  const next = countAttempt(pass.job, { ...pass.job.status, ...change });
  const ends = isFinished(next.jobDeploymentStatus) && !isFinished(pass.job.status?.jobDeploymentStatus);
  const soon = next.jobDeploymentStatus === pass.job.status?.jobDeploymentStatus ? {} : { requeueAfterMs: 1 };
  return plan({ ...next, ...(ends && { endTime: formatTime(pass.now) }) }, { ...soon, ...more });
}

const createCluster = (target: RayCluster): Apply => ({
  kind: RayClusterKind,
  target,
  mode: "create",
  onSuccess: {
    type: "Normal",
    reason: "CreatedRayCluster",
    action: "Create",
    message: `Created RayCluster ${target.metadata.namespace}/${target.metadata.name}`,
  },
  onFailure: {
    type: "Warning",
    reason: "FailedToCreateRayCluster",
    action: "Create",
    message: `Failed to create RayCluster ${target.metadata.namespace}/${target.metadata.name}`,
  },
});

/** The cluster to run on, or what to do about its absence. */
export function ensureCluster({ job, world, options }: Pass): {
  readonly apply: readonly Apply[];
  readonly events: readonly EventRecord[];
} {
  if (world.cluster) return { apply: [], events: [] };
  const { status, spec, metadata } = job;
  const name = status?.rayClusterName ?? "";
  if (!spec.clusterSelector) return { apply: [createCluster(desiredRayCluster(job, options))], events: [] };
  const message = `RayCluster ${metadata.namespace}/${name} chosen by clusterSelector does not exist`;
  return { apply: [], events: [{ type: "Warning", reason: "RayClusterNotFound", action: "Reconcile", message }] };
}

/** Times and heartbeats apart, what of a cluster's status is worth a write of the job's. */
export function copyOf(
  before: RayClusterStatus | undefined,
  after: RayClusterStatus | undefined,
): RayClusterStatus | undefined {
  const relevant = (status: RayClusterStatus | undefined) => ({ ...status, lastUpdateTime: undefined });
  return before && deepEqual(relevant(before), relevant(after)) ? before : after;
}

export function dashboardAddress({ job, world, options }: Pass): string | undefined {
  const service = world.headService;
  const port = service?.spec.ports?.find(({ name }) => name === "dashboard")?.port;
  return service && port
    ? `${serviceFqdn(service.metadata.name ?? "", job.metadata.namespace ?? "default", options.clusterDomain)}:${port}`
    : undefined;
}

export function createSubmitter(pass: Pass, dashboardUrl: string): Apply {
  const { job, world, options } = pass;
  const { namespace, name } = job.metadata;
  const target = desiredSubmitter({
    job,
    options,
    jobId: job.status?.jobId ?? "",
    clusterName: world.cluster?.metadata.name ?? "",
    clusterSpec: job.spec.rayClusterSpec ?? world.cluster?.spec,
    dashboardUrl,
  });
  return {
    kind: JobKind,
    target,
    mode: "create",
    onSuccess: {
      type: "Normal",
      reason: "CreatedRayJobSubmitter",
      action: "Create",
      message: `Created Kubernetes Job ${namespace}/${name}`,
    },
    onFailure: {
      type: "Warning",
      reason: "FailedToCreateRayJobSubmitter",
      action: "Create",
      message: `Failed to create new Kubernetes Job ${namespace}/${name}`,
    },
  };
}
