/** The state machine of a RayJob (K8sJob, HTTP, Sidecar and Interactive modes). Pure. */
import { Job as JobKind } from "../../api/core/kinds.ts";
import { findCondition, formatTime } from "../../api/meta/condition.ts";
import { conditions, labels, ports } from "../../api/ray/labels.ts";
import type { RayJob, RayJobStatus } from "../../api/ray/types.ts";
import type { Action, Remove } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { planFinish, removeCluster } from "./finish.ts";
import { invalid, planInvalid } from "./invalid.ts";
import type { World } from "./observe.ts";
import {
  copyOf,
  createSubmitter,
  dashboardAddress,
  ensureCluster,
  type JobPlan,
  modeOf,
  move,
  type Pass,
  plan,
} from "./pass.ts";
import { addressOf, planRunning, stillRuns } from "./running.ts";
import { submitterOfHead } from "./submitter-state.ts";
import { checkDeadline, checkPreRunningDeadline, isFinished } from "./transitions.ts";

export interface PlanDependencies {
  readonly options: RayOperatorOptions;
  /** Five random characters. */
  readonly suffix: () => string;
}

/** A first attempt, or the next one: a start time of its own. */
function planNew({ job, now, suffix }: Pass): JobPlan {
  const { spec, status, metadata } = job;
  const fresh = () => `${metadata.name}-${suffix()}`;
  const jobId = status?.jobId || (modeOf(job) === "InteractiveMode" ? undefined : spec.jobId || fresh());
  const rayClusterName = status?.rayClusterName || spec.clusterSelector?.[labels.cluster] || fresh();
  const next: RayJobStatus = {
    ...status,
    ...(jobId && { jobId }),
    rayClusterName,
    jobStatus: "",
    jobDeploymentStatus: "Initializing",
    reason: undefined,
    message: undefined,
    startTime: formatTime(now),
    succeeded: status?.succeeded ?? 0,
    failed: status?.failed ?? 0,
  };
  return { apply: [], remove: [], events: [], status: next, requeueAfterMs: 1 };
}

/** The spec has been mended: go on with what there is, which is nothing when it was broken from the start. */
function planMended(pass: Pass): JobPlan {
  const { startTime } = pass.job.status ?? {};
  const begun = planNew(pass);
  return startTime ? { ...begun, status: { ...begun.status, startTime } } : begun;
}

/** For what re-queues nobody: a chosen cluster is not the job's own, nor is any cluster's head Service. */
const pollMs = 3000;

/** Ready, or so far that its sidecar has ended: a head with an ended container is never ready. */
const isUp = ({ job, world }: Pass) =>
  world.cluster?.status?.state === "ready" ||
  (modeOf(job) === "SidecarMode" && submitterOfHead(world.headPod).finishedAt !== undefined);

/** What the cluster waits for, where that is known: a refused write, pods that cannot be made, a spec that breaks a rule. */
function explainWait(pass: Pass): string | undefined {
  const { failures, cluster, headService } = pass.world;
  const { conditions: list, reason } = cluster?.status ?? {};
  const failure = findCondition(list, conditions.replicaFailure);
  const found = failures[0]?.message ?? failure?.message ?? reason;
  if (found !== undefined || !headService || !isUp(pass) || dashboardAddress(pass)) return found;
  return `dashboard port is not found: Service ${headService.metadata.name} has no port of that name. Name the port of the head's Ray container that serves the dashboard (${ports.dashboard}) so.`;
}

function planInitializing(pass: Pass): JobPlan {
  const { job, world, now } = pass;
  if (job.spec.suspend) return move(pass, { jobDeploymentStatus: "Suspending" });
  const over = checkDeadline(job, now) ?? checkPreRunningDeadline(job, now);
  if (over) return move(pass, over);
  const waits = job.spec.clusterSelector || isUp(pass) ? { requeueAfterMs: pollMs } : {};
  const waiting: RayJobStatus = { ...job.status, message: explainWait(pass) };
  if (!world.cluster) return plan(pass, waiting, { ...ensureCluster(pass), ...waits });
  const rayClusterStatus = copyOf(job.status?.rayClusterStatus, world.cluster.status);
  const dashboardURL = job.status?.dashboardURL || (isUp(pass) ? dashboardAddress(pass) : undefined);
  if (!dashboardURL) return plan(pass, { ...waiting, rayClusterStatus }, waits);
  const status: Partial<RayJobStatus> = { rayClusterStatus, dashboardURL, message: undefined };
  if (modeOf(job) === "InteractiveMode") return move(pass, { ...status, jobDeploymentStatus: "Waiting" });
  // Running is what the submitter's being there makes it: until then a failure to create it is tried again.
  if (modeOf(job) === "K8sJobMode" && !world.submitter)
    return plan(pass, waiting, { apply: [createSubmitter(pass, dashboardURL)] });
  return move(pass, { ...status, jobDeploymentStatus: "Running" });
}

/** InteractiveMode: somebody else submits, and then tells the id. */
function planWaiting(pass: Pass): JobPlan {
  const { job, now } = pass;
  if (job.spec.suspend) return move(pass, { jobDeploymentStatus: "Suspending" });
  const over = checkDeadline(job, now) ?? checkPreRunningDeadline(job, now);
  if (over) return move(pass, over);
  if (!job.spec.jobId) return plan(pass, job.status ?? {});
  return move(pass, { jobId: job.spec.jobId, jobDeploymentStatus: "Running" });
}

const isLeaving = (object: { readonly metadata: { readonly deletionTimestamp?: string } }) =>
  object.metadata.deletionTimestamp !== undefined;

function removeSubmitter({ metadata: { namespace, name = "", uid } }: NonNullable<World["submitter"]>): Remove {
  const subject = `Kubernetes Job ${namespace}/${name}`;
  return {
    target: { kind: JobKind, namespace, name, uid },
    propagationPolicy: "Background",
    onSuccess: { type: "Normal", reason: "DeletedRayJobSubmitter", action: "Delete", message: `Deleted ${subject}` },
    onFailure: {
      type: "Warning",
      reason: "FailedToDeleteRayJobSubmitter",
      action: "Delete",
      message: `Failed to delete ${subject}`,
    },
  };
}

/** Suspending and Retrying: what the attempt made goes, then the job waits or begins anew. */
function planTeardown(pass: Pass): JobPlan {
  const { job, world } = pass;
  const cluster = job.spec.clusterSelector ? undefined : world.cluster;
  const { submitter } = world;
  const remove: Remove[] = [];
  if (cluster && !isLeaving(cluster)) remove.push(removeCluster(cluster));
  if (submitter && !isLeaving(submitter)) remove.push(removeSubmitter(submitter));
  if (cluster || submitter) return { apply: [], remove, events: [], status: job.status };
  const { startTime, endTime, failed, succeeded } = job.status ?? {};
  const next = job.status?.jobDeploymentStatus === "Suspending" ? "Suspended" : "";
  const status: RayJobStatus = { startTime, endTime, failed, succeeded, jobStatus: "", jobDeploymentStatus: next };
  return { apply: [], remove: [], events: [], status, requeueAfterMs: 1 };
}

function planSuspended(pass: Pass): JobPlan {
  if (!pass.job.spec.suspend) return planNew(pass);
  return { apply: [], remove: [], events: [], status: pass.job.status };
}

function planEnded({ job, world, now, options }: Pass): JobPlan {
  const finish = planFinish(job, world.cluster, now, options);
  return { ...finish, events: [], status: job.status };
}

const states: Readonly<Record<string, (pass: Pass) => JobPlan>> = {
  "": planNew,
  ValidationFailed: planMended,
  Initializing: planInitializing,
  Waiting: planWaiting,
  Running: planRunning,
  Suspending: planTeardown,
  Retrying: planTeardown,
  Suspended: planSuspended,
  Complete: planEnded,
  Failed: planEnded,
};

export function planRayJob(job: RayJob, world: World, now: Date, { options, suffix }: PlanDependencies): JobPlan {
  const state = job.status?.jobDeploymentStatus ?? "";
  // What has ended has ended: no rule can undo it.
  const broken = isFinished(job.status?.jobDeploymentStatus) ? undefined : invalid(job, options);
  if (broken) return planInvalid(job, broken);
  const handler = states[state];
  if (handler) return handler({ job, world, now, options, suffix });
  return { apply: [], remove: [], events: [], status: job.status };
}

/** Being deleted: a job that still runs is stopped in Ray, but nothing waits for that longer than one try. */
export function planRayJobDeletion(job: RayJob, world: World): JobPlan {
  const canStop = stillRuns(job) && world.cluster && world.headService;
  if (!canStop || world.stop) return { apply: [], remove: [], events: [], releaseFinalizer: true };
  const stop: Action = { key: "stop", type: "Stop", input: addressOf({ job, world }) };
  return { apply: [], remove: [], events: [], actions: [stop] };
}
