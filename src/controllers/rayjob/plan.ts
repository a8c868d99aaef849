/** The state machine of a RayJob (K8sJob, HTTP, Sidecar and Interactive modes). Pure. */
import { Job as JobKind, Service as ServiceKind } from "../../api/core/kinds.ts";
import { formatTime } from "../../api/meta/condition.ts";
import { deepEqual } from "../../machinery/deep-equal.ts";
import { labels } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../api/ray/kinds.ts";
import { serviceFqdn } from "../../api/ray/names.ts";
import type { RayCluster, RayClusterStatus, RayJob, RayJobStatus } from "../../api/ray/types.ts";
import { validateRayJobMetadata, validateRayJobSpec } from "../../api/ray/validation.ts";
import type { Action, Apply, EventRecord, Observation, Plan, Remove } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { desiredJobService, desiredRayCluster } from "./children.ts";
import { planFinish, removeCluster } from "./finish.ts";
import type { RayJobInfo } from "./info.ts";
import type { World } from "./observe.ts";
import { desiredSubmitter, parseRuntimeEnv } from "./submitter.ts";
import { checkDeadline, checkGrace, checkPreRunningDeadline, checkSubmitter, checkUnreachable, countAttempt, fromInfo, isFinished, isTerminal, type Submitter, submitterOf } from "./transitions.ts";

export interface PlanDependencies {
  readonly options: RayOperatorOptions;
  /** Five random characters. */
  readonly suffix: () => string;
}

type JobPlan = Plan<RayJobStatus>;

interface Pass {
  readonly job: RayJob;
  readonly world: World;
  readonly now: Date;
  readonly options: RayOperatorOptions;
  readonly suffix: () => string;
}

/** A fallback: what matters re-queues by itself. */
const pollMs = 3000;

const modeOf = ({ spec }: RayJob): string => spec.submissionMode || "K8sJobMode";
const hasSubmitter = (job: RayJob) => modeOf(job) === "K8sJobMode" || modeOf(job) === "SidecarMode";

const plan = (status: RayJobStatus, more: Partial<JobPlan> = {}): JobPlan => ({ apply: [], remove: [], events: [], status, requeueAfterMs: pollMs, ...more });

/** Ends the attempt, or moves on: counters, end time, and a retry where one is left. */
function move(pass: Pass, change: Partial<RayJobStatus>, more: Partial<JobPlan> = {}): JobPlan {
  const next = countAttempt(pass.job, { ...pass.job.status, ...change });
  const ends = isFinished(next.jobDeploymentStatus) && !isFinished(pass.job.status?.jobDeploymentStatus);
  const soon = next.jobDeploymentStatus === pass.job.status?.jobDeploymentStatus ? {} : { requeueAfterMs: 1 };
  return plan({ ...next, ...(ends && { endTime: formatTime(pass.now) }) }, { ...soon, ...more });
}

function validate(job: RayJob): EventRecord | undefined {
  const { namespace, name } = job.metadata;
  const event = (reason: string, text: string | undefined): EventRecord | undefined =>
    text === undefined ? undefined : { type: "Warning", reason, action: "Validate", message: `${namespace}/${name}: ${text}` };
  const runtimeEnv = (): string | undefined => {
    try {
      parseRuntimeEnv(job.spec.runtimeEnvYAML);
      return undefined;
    } catch (error) {
      return `runtimeEnvYAML: ${(error as Error).message}`;
    }
  };
  return event("InvalidRayJobMetadata", validateRayJobMetadata(job)) ?? event("InvalidRayJobSpec", validateRayJobSpec(job)) ?? event("InvalidRayJobSpec", runtimeEnv());
}

/** A broken spec; once it is mended the job begins anew (it never ran) or is taken as it ended. */
function planInvalid(job: RayJob, event: EventRecord): JobPlan {
  const { status } = job;
  const message = event.message.slice(event.message.indexOf(": ") + 2);
  const told = status?.jobDeploymentStatus === "ValidationFailed" && status.message === message;
  const next: RayJobStatus = { ...status, jobDeploymentStatus: "ValidationFailed", reason: "ValidationFailed", message };
  return plan(next, { events: told ? [] : [event], requeueAfterMs: undefined });
}

function planNew({ job, now, suffix }: Pass): JobPlan {
  const { spec, status, metadata } = job;
  const fresh = `${metadata.name}-${suffix()}`;
  const jobId = status?.jobId || (modeOf(job) === "InteractiveMode" ? "" : spec.jobId || fresh);
  const rayClusterName = status?.rayClusterName || spec.clusterSelector?.[labels.cluster] || `${metadata.name}-${suffix()}`;
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

const createCluster = (target: RayCluster): Apply => ({
  kind: RayClusterKind,
  target,
  mode: "create",
  onSuccess: { type: "Normal", reason: "CreatedRayCluster", action: "Create", message: `Created RayCluster ${target.metadata.namespace}/${target.metadata.name}` },
  onFailure: { type: "Warning", reason: "FailedToCreateRayCluster", action: "Create", message: `Failed to create RayCluster ${target.metadata.namespace}/${target.metadata.name}` },
});

/** The cluster to run on, or what to do about its absence. */
function ensureCluster({ job, world, options }: Pass): { readonly apply: readonly Apply[]; readonly events: readonly EventRecord[] } {
  if (world.cluster) return { apply: [], events: [] };
  const { status, spec, metadata } = job;
  const name = status?.rayClusterName ?? "";
  if (!spec.clusterSelector) return { apply: [createCluster(desiredRayCluster(job, name, status?.jobId ?? "", options))], events: [] };
  const message = `RayCluster ${metadata.namespace}/${name} chosen by clusterSelector does not exist`;
  return { apply: [], events: [{ type: "Warning", reason: "RayClusterNotFound", action: "Reconcile", message }] };
}

/** Times and heartbeats apart, what of a cluster's status is worth a write of the job's. */
function copyOf(before: RayClusterStatus | undefined, after: RayClusterStatus | undefined): RayClusterStatus | undefined {
  const relevant = (status: RayClusterStatus | undefined) => ({ ...status, lastUpdateTime: undefined });
  return before && deepEqual(relevant(before), relevant(after)) ? before : after;
}

function dashboardAddress({ job, world, options }: Pass): string | undefined {
  const service = world.headService;
  const port = service?.spec.ports?.find(({ name }) => name === "dashboard")?.port;
  return service && port ? `${serviceFqdn(service.metadata.name ?? "", job.metadata.namespace ?? "default", options.clusterDomain)}:${port}` : undefined;
}

function createSubmitter(pass: Pass, dashboardUrl: string): Apply {
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
    onSuccess: { type: "Normal", reason: "CreatedRayJobSubmitter", action: "Create", message: `Created Kubernetes Job ${namespace}/${name}` },
    onFailure: { type: "Warning", reason: "FailedToCreateRayJobSubmitter", action: "Create", message: `Failed to create new Kubernetes Job ${namespace}/${name}` },
  };
}

function planInitializing(pass: Pass): JobPlan {
  const { job, world, now } = pass;
  if (job.spec.suspend) return move(pass, { jobDeploymentStatus: "Suspending" });
  const over = checkDeadline(job, now) ?? checkPreRunningDeadline(job, now);
  if (over) return move(pass, over);
  const { apply, events } = ensureCluster(pass);
  if (!world.cluster) return plan(job.status ?? {}, { apply, events });
  const rayClusterStatus = copyOf(job.status?.rayClusterStatus, world.cluster.status);
  const dashboardURL = job.status?.dashboardURL || (world.cluster.status?.state === "ready" ? dashboardAddress(pass) : undefined);
  if (!dashboardURL) return plan({ ...job.status, rayClusterStatus });
  const status: Partial<RayJobStatus> = { rayClusterStatus, dashboardURL };
  if (modeOf(job) === "InteractiveMode") return move(pass, { ...status, jobDeploymentStatus: "Waiting" });
  const submitter = modeOf(job) === "K8sJobMode" && !world.submitter ? [createSubmitter(pass, dashboardURL)] : [];
  return move(pass, { ...status, jobDeploymentStatus: "Running" }, { apply: submitter });
}

function planWaiting(pass: Pass): JobPlan {
  const { job, now } = pass;
  const over = checkPreRunningDeadline(job, now);
  if (over) return move(pass, over);
  return job.spec.jobId ? move(pass, { jobId: job.spec.jobId, jobDeploymentStatus: "Running" }) : plan(job.status ?? {});
}

function ownService(pass: Pass): readonly Apply[] {
  const { job, world, options } = pass;
  if (job.spec.clusterSelector || !world.cluster) return [];
  const current = world.ownService?.spec.selector?.[labels.cluster];
  if (current === world.cluster.metadata.name) return [];
  const target = desiredJobService(job, world.cluster, options);
  if (!world.ownService) return [{ kind: ServiceKind, target, mode: "create" }];
  return [{ kind: ServiceKind, target: { apiVersion: "v1", kind: "Service", metadata: { name: target.metadata.name, namespace: target.metadata.namespace }, spec: { selector: target.spec.selector } } as typeof target }];
}

/** In SidecarMode the submitter is a container of the head, and its end is in the head's status. */
function sidecarOf({ world }: Pass): Submitter & { readonly lost?: boolean } {
  if (!world.headPod) return { lost: true };
  const ended = world.headPod.status?.containerStatuses?.find(({ name }) => name === "ray-job-submitter")?.state?.terminated;
  if (!ended) return {};
  const failure = ended.exitCode === 0 ? undefined : `Ray head pod container ray-job-submitter terminated with exit code ${ended.exitCode}: ${ended.reason ?? ""}`;
  return { finishedAt: ended.finishedAt, ...(failure && { failure }) };
}

/** Ray is asked again at once when the submitter ends: the end is part of the question. */
function infoAction({ job, world }: Pass, submitter: Submitter): Action {
  const { jobId = "", dashboardURL = "", rayClusterName = "" } = job.status ?? {};
  const service = world.headService?.metadata.name ?? "";
  return { key: "job-info", type: "JobInfo", input: { jobId, address: dashboardURL, service, cluster: rayClusterName, finishedAt: submitter.finishedAt ?? "" }, repeatAfterMs: pollMs };
}

function submitAction(pass: Pass): Action {
  const { job } = pass;
  const { spec, status } = job;
  const request = {
    entrypoint: spec.entrypoint ?? "",
    submission_id: status?.jobId ?? "",
    runtime_env: parseRuntimeEnv(spec.runtimeEnvYAML),
    metadata: spec.metadata,
    entrypoint_num_cpus: spec.entrypointNumCpus,
    entrypoint_num_gpus: spec.entrypointNumGpus,
    entrypoint_resources: spec.entrypointResources ? (JSON.parse(spec.entrypointResources) as unknown) : undefined,
  };
  const service = pass.world.headService?.metadata.name ?? "";
  return { key: "submit", type: "Submit", input: { request, address: status?.dashboardURL ?? "", service }, repeatAfterMs: pollMs };
}

/** Whether the answer is about this very question: the attempt, and the submitter's end. */
function answers(observation: Observation | undefined, action: Action): observation is Observation {
  return observation !== undefined && deepEqual(observation.input, action.input);
}

function planRunning(pass: Pass): JobPlan {
  const { job, world, now, options } = pass;
  if (job.spec.suspend) return move(pass, { jobDeploymentStatus: "Suspending" });
  const over = checkDeadline(job, now) ?? checkGrace(job, now, options) ?? checkUnreachable(job, now, options);
  if (over) return move(pass, over);
  const { apply: missing, events } = ensureCluster(pass);
  const apply = [...missing, ...ownService(pass)];
  const isSidecar = modeOf(job) === "SidecarMode";
  const sidecar = isSidecar ? sidecarOf(pass) : {};
  if ("lost" in sidecar && sidecar.lost) return move(pass, { jobDeploymentStatus: "Failed", reason: "AppFailed", message: "Ray head pod not found." }, { apply });
  const submitter = isSidecar ? sidecar : submitterOf(world.submitter);
  const ask = infoAction(pass, submitter);
  const more = { apply, events, actions: [ask] };
  if (!answers(world.info, ask)) {
    const late = checkSubmitter({ finishedAt: submitter.finishedAt }, job, now);
    return late ? move(pass, late, more) : plan({ ...job.status }, more);
  }
  return fromAnswer(pass, world.info.outcome, submitter, more);
}

function fromAnswer(pass: Pass, outcome: Observation["outcome"], submitter: Submitter, more: Partial<JobPlan>): JobPlan {
  const { job, world, now } = pass;
  const rayClusterStatus = copyOf(job.status?.rayClusterStatus, world.cluster?.status);
  if (!outcome.ok) {
    const failure = checkSubmitter(submitter, job, now);
    if (failure) return move(pass, { ...failure, rayClusterStatus }, more);
    return plan({ ...job.status, jobStatusCheckFailureStartTime: job.status?.jobStatusCheckFailureStartTime ?? formatTime(now) }, more);
  }
  const info = outcome.value as RayJobInfo | undefined;
  if (info) {
    const change = fromInfo(info, hasSubmitter(job), submitter);
    const failure = change.jobDeploymentStatus ? undefined : checkSubmitter(submitter, { ...job, status: { ...job.status, ...change } }, now);
    return move(pass, { ...change, ...failure, rayClusterStatus }, more);
  }
  if (modeOf(job) === "HTTPMode") return plan({ ...job.status, rayClusterStatus }, { ...more, actions: [...(more.actions ?? []), submitAction(pass)] });
  const failure = checkSubmitter(submitter, job, now);
  if (failure) return move(pass, failure, more);
  if (submitter.finishedAt && hasSubmitter(job)) {
    return move(pass, { jobDeploymentStatus: "Failed", reason: "AppFailed", message: "Submitter completed but Ray job not found in RayCluster." }, more);
  }
  return plan({ ...job.status, rayClusterStatus, jobStatusCheckFailureStartTime: undefined }, more);
}

/** Suspending and Retrying: what the attempt made goes, then the job waits or begins anew. */
function planTeardown(pass: Pass): JobPlan {
  const { job, world } = pass;
  const remove: Remove[] = [];
  if (world.cluster && !job.spec.clusterSelector && !world.cluster.metadata.deletionTimestamp) remove.push(removeCluster(world.cluster));
  if (world.submitter && !world.submitter.metadata.deletionTimestamp) {
    const { namespace, name = "", uid } = world.submitter.metadata;
    const onSuccess = { type: "Normal", reason: "DeletedRayJobSubmitter", action: "Delete", message: `Deleted Kubernetes Job ${namespace}/${name}` } as const;
    remove.push({ target: { kind: JobKind, namespace, name, uid }, propagationPolicy: "Background", onSuccess });
  }
  const isClusterGone = !world.cluster || job.spec.clusterSelector !== undefined;
  if (!isClusterGone || world.submitter) return plan(job.status ?? {}, { remove });
  const { startTime, endTime, failed, succeeded } = job.status ?? {};
  const next = job.status?.jobDeploymentStatus === "Suspending" ? "Suspended" : "";
  return plan({ startTime, endTime, failed, succeeded, jobStatus: "", jobDeploymentStatus: next }, { requeueAfterMs: 1 });
}

function planEnded(pass: Pass): JobPlan {
  const { apply, remove, requeueAfterMs } = planFinish(pass.job, pass.world.cluster, pass.now, pass.options);
  return { apply, remove, events: [], status: pass.job.status, ...(requeueAfterMs !== undefined && { requeueAfterMs }) };
}

const states: Readonly<Record<string, (pass: Pass) => JobPlan>> = {
  "": planNew,
  // The spec has been mended: begin, as nothing was ever started under the broken one.
  ValidationFailed: planNew,
  Initializing: planInitializing,
  Waiting: planWaiting,
  Running: planRunning,
  Suspending: planTeardown,
  Retrying: planTeardown,
  Suspended: (pass) => (pass.job.spec.suspend ? plan(pass.job.status ?? {}, { requeueAfterMs: undefined }) : planNew(pass)),
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
  const action: Action = { key: "stop", type: "Stop", input: { jobId, address: dashboardURL, service: world.headService?.metadata.name ?? "" } };
  return { apply: [], remove: [], events: [], actions: [action] };
}


