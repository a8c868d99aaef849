/** The state machine of a RayJob (K8sJob, HTTP, Sidecar and Interactive modes). Pure. */
import { Job as JobKind } from "../../api/core/kinds.ts";
import { formatTime } from "../../api/meta/condition.ts";
import { labels } from "../../api/ray/labels.ts";
import type { RayJob, RayJobStatus } from "../../api/ray/types.ts";
import { validateRayJobMetadata, validateRayJobSpec } from "../../api/ray/job-validation.ts";
import type { Action, EventRecord, Remove } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { planFinish, removeCluster } from "./finish.ts";
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
import { planRunning } from "./running.ts";
import { parseEntrypointResources, parseRuntimeEnv } from "./submitter.ts";
import { checkDeadline, checkPreRunningDeadline, isFinished, isTerminal } from "./transitions.ts";

export interface PlanDependencies {
  readonly options: RayOperatorOptions;
  /** Five random characters. */
  readonly suffix: () => string;
}

function validate(job: RayJob): EventRecord | undefined {
  const { namespace, name } = job.metadata;
  const event = (reason: string, text: string | undefined): EventRecord | undefined =>
    text === undefined
      ? undefined
      : { type: "Warning", reason, action: "Validate", message: `${namespace}/${name}: ${text}` };
  const parses = (field: string, parse: () => unknown): string | undefined => {
    try {
      parse();
      return undefined;
    } catch (error) {
      return `${field}: ${(error as Error).message}`;
    }
  };
  const { runtimeEnvYAML, entrypointResources } = job.spec;
  return (
    event("InvalidRayJobMetadata", validateRayJobMetadata(job)) ??
    event("InvalidRayJobSpec", validateRayJobSpec(job)) ??
    event(
      "InvalidRayJobSpec",
      parses("runtimeEnvYAML", () => parseRuntimeEnv(runtimeEnvYAML)),
    ) ??
    event(
      "InvalidRayJobSpec",
      parses("entrypointResources", () => parseEntrypointResources(entrypointResources)),
    )
  );
}

/** A broken spec; once it is mended the job begins anew (it never ran) or is taken as it ended. */
function planInvalid(job: RayJob, event: EventRecord): JobPlan {
  const { status } = job;
  const message = event.message.slice(event.message.indexOf(": ") + 2);
  const told = status?.jobDeploymentStatus === "ValidationFailed" && status.message === message;
  const next: RayJobStatus = {
    ...status,
    jobDeploymentStatus: "ValidationFailed",
    reason: "ValidationFailed",
    message,
  };
  return plan(next, { events: told ? [] : [event], requeueAfterMs: undefined });
}

/** A first attempt, or the next one: a start time of its own. */
function planNew({ job, now, suffix }: Pass): JobPlan {
  const { spec, status, metadata } = job;
  const fresh = `${metadata.name}-${suffix()}`;
  const jobId = status?.jobId || (modeOf(job) === "InteractiveMode" ? "" : spec.jobId || fresh);
  const rayClusterName =
    status?.rayClusterName || spec.clusterSelector?.[labels.cluster] || `${metadata.name}-${suffix()}`;
  return plan(
    {
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
    },
    { requeueAfterMs: 1 },
  );
}

/** The spec has been mended: go on with what there is, which is nothing when it was broken from the start. */
function planMended(pass: Pass): JobPlan {
  const { startTime } = pass.job.status ?? {};
  const begun = planNew(pass);
  return startTime ? { ...begun, status: { ...begun.status, startTime } } : begun;
}

function planInitializing(pass: Pass): JobPlan {
  const { job, world, now } = pass;
  if (job.spec.suspend) return move(pass, { jobDeploymentStatus: "Suspending" });
  const over = checkDeadline(job, now) ?? checkPreRunningDeadline(job, now);
  if (over) return move(pass, over);
  const { apply, events } = ensureCluster(pass);
  if (!world.cluster) return plan(job.status ?? {}, { apply, events });
  const rayClusterStatus = copyOf(job.status?.rayClusterStatus, world.cluster.status);
  const dashboardURL =
    job.status?.dashboardURL || (world.cluster.status?.state === "ready" ? dashboardAddress(pass) : undefined);
  if (!dashboardURL) return plan({ ...job.status, rayClusterStatus });
  const status: Partial<RayJobStatus> = { rayClusterStatus, dashboardURL };
  if (modeOf(job) === "InteractiveMode") return move(pass, { ...status, jobDeploymentStatus: "Waiting" });
  // Running is what the submitter's being there makes it: until then a failure to create it is tried again.
  if (modeOf(job) === "K8sJobMode" && !world.submitter)
    return plan(job.status ?? {}, { apply: [createSubmitter(pass, dashboardURL)] });
  return move(pass, { ...status, jobDeploymentStatus: "Running" });
}

function planWaiting(pass: Pass): JobPlan {
  const { job, now } = pass;
  const over = checkPreRunningDeadline(job, now);
  if (over) return move(pass, over);
  return job.spec.jobId
    ? move(pass, { jobId: job.spec.jobId, jobDeploymentStatus: "Running" })
    : plan(job.status ?? {});
}

/** Suspending and Retrying: what the attempt made goes, then the job waits or begins anew. */
function planTeardown(pass: Pass): JobPlan {
  const { job, world } = pass;
  const remove: Remove[] = [];
  if (world.cluster && !job.spec.clusterSelector && !world.cluster.metadata.deletionTimestamp)
    remove.push(removeCluster(world.cluster));
  if (world.submitter && !world.submitter.metadata.deletionTimestamp) {
    const { namespace, name = "", uid } = world.submitter.metadata;
    const onSuccess = {
      type: "Normal",
      reason: "DeletedRayJobSubmitter",
      action: "Delete",
      message: `Deleted Kubernetes Job ${namespace}/${name}`,
    } as const;
    remove.push({ target: { kind: JobKind, namespace, name, uid }, propagationPolicy: "Background", onSuccess });
  }
  const isClusterGone = !world.cluster || job.spec.clusterSelector !== undefined;
  if (!isClusterGone || world.submitter) return plan(job.status ?? {}, { remove });
  const { startTime, endTime, failed, succeeded } = job.status ?? {};
  const next = job.status?.jobDeploymentStatus === "Suspending" ? "Suspended" : "";
  return plan(
    { startTime, endTime, failed, succeeded, jobStatus: "", jobDeploymentStatus: next },
    { requeueAfterMs: 1 },
  );
}

function planEnded(pass: Pass): JobPlan {
  const { apply, remove, requeueAfterMs } = planFinish(pass.job, pass.world.cluster, pass.now, pass.options);
  return {
    apply,
    remove,
    events: [],
    status: pass.job.status,
    ...(requeueAfterMs !== undefined && { requeueAfterMs }),
  };
}

const states: Readonly<Record<string, (pass: Pass) => JobPlan>> = {
  "": planNew,
  ValidationFailed: planMended,
  Initializing: planInitializing,
  Waiting: planWaiting,
  Running: planRunning,
  Suspending: planTeardown,
  Retrying: planTeardown,
  Suspended: (pass) =>
    pass.job.spec.suspend ? plan(pass.job.status ?? {}, { requeueAfterMs: undefined }) : planNew(pass),
  Complete: planEnded,
  Failed: planEnded,
};

export function planRayJob(job: RayJob, world: World, now: Date, { options, suffix }: PlanDependencies): JobPlan {
  const state = job.status?.jobDeploymentStatus ?? "";
  const broken = isFinished(job.status?.jobDeploymentStatus) ? undefined : validate(job);
  if (broken) return planInvalid(job, broken);
  const handler = states[state];
  return handler ? handler({ job, world, now, options, suffix }) : plan(job.status ?? {});
}

/** Being deleted: a job that still runs is stopped in Ray, but nothing waits for that longer than one try. */
export function planRayJobDeletion(job: RayJob, world: World): JobPlan {
  const { jobId, dashboardURL, jobStatus } = job.status ?? {};
  const canStop = jobId && dashboardURL && !isTerminal(jobStatus) && world.cluster && world.headService;
  if (!canStop || world.stop) return { apply: [], remove: [], events: [], releaseFinalizer: true };
  const action: Action = {
    key: "stop",
    type: "Stop",
    input: { jobId, address: dashboardURL, service: world.headService?.metadata.name ?? "" },
  };
  return { apply: [], remove: [], events: [], actions: [action] };
}
