/** What the states of a RayJob share: the pass, its cluster and submitter, and how a state moves on. Pure. */
import { Job as JobKind } from "../../api/core/kinds.ts";
import { formatTime } from "../../api/meta/condition.ts";
import { RayCluster as RayClusterKind } from "../../api/ray/kinds.ts";
import { serviceFqdn } from "../../api/ray/names.ts";
import type { RayClusterStatus, RayJob, RayJobStatus } from "../../api/ray/types.ts";
import { deepEqual } from "../../machinery/deep-equal.ts";
import type { Apply, Plan, PlanPart } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { desiredRayCluster } from "./children.ts";
import type { World } from "./observe.ts";
import { desiredSubmitter } from "./submitter.ts";
import { countAttempt, isFinished, nextLimit } from "./transitions.ts";

export type JobPlan = Plan<RayJobStatus>;

export interface Pass {
  readonly job: RayJob;
  readonly world: World;
  readonly now: Date;
  readonly options: RayOperatorOptions;
  /** Five random characters. */
  readonly suffix: () => string;
}

/** A state that lasts takes the next look when a limit runs out: all else that matters re-queues by itself. */
export function plan({ job, now, options }: Pass, status: RayJobStatus, more: Partial<JobPlan> = {}): JobPlan {
  const requeueAfterMs = nextLimit({ ...job, status }, now, options);
  return {
    apply: [],
    remove: [],
    events: [],
    status,
    ...(requeueAfterMs !== undefined && { requeueAfterMs }),
    ...more,
  };
}

export const modeOf = ({ spec }: RayJob): string => spec.submissionMode || "K8sJobMode";
export const hasSubmitter = (job: RayJob): boolean => modeOf(job) === "K8sJobMode" || modeOf(job) === "SidecarMode";

/** Writes a state, and looks again at once when it is another one; an attempt that ends is counted. */
export function move(pass: Pass, change: Partial<RayJobStatus>, more: Partial<JobPlan> = {}): JobPlan {
  const before = pass.job.status?.jobDeploymentStatus;
  const next = countAttempt(pass.job, { ...pass.job.status, ...change });
  const ends = isFinished(next.jobDeploymentStatus) && !isFinished(before);
  const status = { ...next, ...(ends && { endTime: formatTime(pass.now) }) };
  if (next.jobDeploymentStatus === before) return plan(pass, status, more);
  return plan(pass, status, { ...more, actions: [], requeueAfterMs: 1 });
}

const told = (kind: string, name: string, reasons: readonly [made: string, failed: string]) =>
  ({
    onSuccess: { type: "Normal", reason: reasons[0], action: "Create", message: `Created ${kind} ${name}` },
    onFailure: { type: "Warning", reason: reasons[1], action: "Create", message: `Failed to create ${kind} ${name}` },
  }) as const;

/** The cluster to run on, or what to do about its absence. */
export function ensureCluster({ job, world, options }: Pass): PlanPart {
  if (world.cluster) return { apply: [], events: [] };
  const { namespace } = job.metadata;
  const name = `${namespace}/${job.status?.rayClusterName}`;
  if (job.spec.clusterSelector) {
    const message = `RayCluster ${name} chosen by clusterSelector does not exist`;
    return { apply: [], events: [{ type: "Warning", reason: "RayClusterNotFound", action: "Reconcile", message }] };
  }
  const target = desiredRayCluster(job, options);
  const events = told("RayCluster", name, ["CreatedRayCluster", "FailedToCreateRayCluster"]);
  return { apply: [{ kind: RayClusterKind, target, mode: "create", ...events }], events: [] };
}

/** Heartbeats apart, what of a cluster's status is worth a write of the job's. */
export function copyOf(
  before: RayClusterStatus | undefined,
  after: RayClusterStatus | undefined,
): RayClusterStatus | undefined {
  const relevant = (status: RayClusterStatus | undefined) => ({ ...status, lastUpdateTime: undefined });
  return before && deepEqual(relevant(before), relevant(after)) ? before : after;
}

/** `host:port` of the dashboard, as the head Service tells it. */
export function dashboardAddress({ job, world, options }: Pass): string | undefined {
  const { metadata, spec } = world.headService ?? {};
  const port = spec?.ports?.find(({ name }) => name === "dashboard")?.port;
  if (!metadata?.name || !port) return undefined;
  return `${serviceFqdn(metadata.name, job.metadata.namespace ?? "default", options.clusterDomain)}:${port}`;
}

export function createSubmitter({ job, world, options }: Pass, dashboardUrl: string): Apply {
  const target = desiredSubmitter({
    job,
    options,
    jobId: job.status?.jobId ?? "",
    clusterName: world.cluster?.metadata.name ?? "",
    clusterSpec: world.cluster?.spec,
    dashboardUrl,
  });
  const name = `${target.metadata.namespace}/${target.metadata.name}`;
  const events = told("Kubernetes Job", name, ["CreatedRayJobSubmitter", "FailedToCreateRayJobSubmitter"]);
  return { kind: JobKind, target, mode: "create", ...events };
}
