/** A RayJob whose cluster is up: the submitter, Ray's own word, and what follows from both. Pure. */
import { formatTime } from "../../api/meta/condition.ts";
import { checkName } from "../../api/ray/names.ts";
import type { RayJobStatus } from "../../api/ray/types.ts";
import { deepEqual } from "../../machinery/deep-equal.ts";
import type { Action, Apply, Observation } from "../../runtime/plan.ts";
import type { RayJobInfo } from "./info.ts";
import { planJobService } from "./job-service.ts";
import {
  copyOf,
  createSubmitter,
  ensureCluster,
  hasSubmitter,
  type JobPlan,
  modeOf,
  move,
  type Pass,
  plan,
} from "./pass.ts";
import { type Submitter, submitterOfHead, submitterOfJob } from "./submitter-state.ts";
import { parseEntrypointResources, parseRuntimeEnv } from "./submitter.ts";
import {
  checkDeadline,
  checkGrace,
  checkSilence,
  checkSubmission,
  checkUnreachable,
  conclude,
  failed,
  fromInfo,
  isTerminal,
} from "./transitions.ts";

/** Only a fallback where there is a submitter: its end asks at once. */
const pollMs = 3000;

/** Somebody deleted the Job. Another finds the job submitted already, and follows it to its end. */
function lostSubmitter(pass: Pass): readonly Apply[] {
  const { job, world } = pass;
  if (modeOf(job) !== "K8sJobMode" || world.submitter || !world.cluster || !job.status?.dashboardURL) return [];
  return [createSubmitter(pass, job.status.dashboardURL)];
}

/** Where Ray is to be asked; the cluster's name tells one attempt from the next. */
export function addressOf({ job, world }: Pick<Pass, "job" | "world">) {
  const { jobId = "", dashboardURL: address = "", rayClusterName: cluster = "" } = job.status ?? {};
  const { authOptions } = world.cluster?.spec ?? {};
  const asksForToken = authOptions?.mode === "token" && !authOptions.enableK8sTokenAuth;
  const tokenSecret = asksForToken ? { tokenSecret: authOptions.secretName || checkName(cluster) } : {};
  return { jobId, address, service: world.headService?.metadata.name ?? "", cluster, ...tokenSecret };
}

/** Asked again at once when the submitter has ended, or the job was submitted: both are part of the question. */
function infoAction(pass: Pass, { finishedAt = "" }: Submitter): Action {
  const { submission } = pass.world;
  const submitted = modeOf(pass.job) === "HTTPMode" && submission?.outcome.ok ? submission.at.toISOString() : "";
  const since = finishedAt || submitted;
  return { key: "job-info", type: "JobInfo", input: { ...addressOf(pass), since }, repeatAfterMs: pollMs };
}

function submitAction(pass: Pass): Action {
  const { spec, status } = pass.job;
  const request = {
    entrypoint: spec.entrypoint ?? "",
    submission_id: status?.jobId ?? "",
    runtime_env: parseRuntimeEnv(spec.runtimeEnvYAML),
    metadata: spec.metadata,
    entrypoint_num_cpus: spec.entrypointNumCpus,
    entrypoint_num_gpus: spec.entrypointNumGpus,
    entrypoint_resources: parseEntrypointResources(spec.entrypointResources),
  };
  return { key: "submit", type: "Submit", input: { ...addressOf(pass), request }, repeatAfterMs: pollMs };
}

/** Whether the answer is about this very question: the attempt, and the submitter's end. */
function answers(observation: Observation | undefined, action: Action): observation is Observation {
  return observation !== undefined && deepEqual(observation.input, action.input);
}

export function planRunning(pass: Pass): JobPlan {
  const { job, world, now, options } = pass;
  if (job.spec.suspend) return move(pass, { jobDeploymentStatus: "Suspending" });
  const isSidecar = modeOf(job) === "SidecarMode";
  const submitter = isSidecar ? submitterOfHead(world.headPod) : submitterOfJob(world.submitter);
  // Ray's last word stands, whatever has become of Ray since.
  const known = submitter.finishedAt !== undefined ? conclude(job.status?.jobStatus) : undefined;
  const over = known ?? checkDeadline(job, now) ?? checkGrace(job, now, options) ?? checkUnreachable(job, now, options);
  if (over) return move(pass, over);
  const missing = ensureCluster(pass);
  const service = planJobService(pass);
  const apply = [...missing.apply, ...service.apply, ...lostSubmitter(pass)];
  const events = [...missing.events, ...service.events];
  if (isSidecar && !world.headPod) return move(pass, failed("AppFailed", "Ray head pod not found."), { apply });
  const ask = infoAction(pass, submitter);
  const more = { apply, events, actions: [ask] };
  const rayClusterStatus = copyOf(job.status?.rayClusterStatus, world.cluster?.status);
  if (!answers(world.info, ask)) return plan(pass, { ...job.status, rayClusterStatus }, more);
  return fromAnswer({ pass, submitter, rayClusterStatus, more }, world.info.outcome);
}

interface Answered {
  readonly pass: Pass;
  readonly submitter: Submitter;
  readonly rayClusterStatus: RayJobStatus["rayClusterStatus"];
  readonly more: Partial<JobPlan>;
}

function fromAnswer(answered: Answered, outcome: Observation["outcome"]): JobPlan {
  const { pass, submitter, rayClusterStatus, more } = answered;
  if (!outcome.ok) return fromSilence(answered);
  const info = outcome.value as RayJobInfo | undefined;
  if (!info) return fromNotFound(answered);
  const change = fromInfo(info);
  const isOver = !hasSubmitter(pass.job) || submitter.finishedAt !== undefined;
  const end = isOver ? conclude(change.jobStatus) : undefined;
  // A stream of logs that broke is no end of the job: while Ray says that it runs, it runs.
  const verdict = end ?? checkSubmission(submitter, change.jobStatus);
  return move(pass, { ...change, ...verdict, rayClusterStatus }, more);
}

/** Ray could not be asked. */
function fromSilence({ pass, submitter, rayClusterStatus, more }: Answered): JobPlan {
  const { job, now } = pass;
  const verdict = checkSubmission(submitter, job.status?.jobStatus) ?? checkSilence(submitter, job, now);
  if (verdict) return move(pass, { ...verdict, rayClusterStatus }, more);
  const since = job.status?.jobStatusCheckFailureStartTime ?? formatTime(now);
  return plan(pass, { ...job.status, rayClusterStatus, jobStatusCheckFailureStartTime: since }, more);
}

/** Ray knows no such job: it is to be submitted, it is being submitted, or it is lost. */
function fromNotFound({ pass, submitter, rayClusterStatus, more }: Answered): JobPlan {
  const { job } = pass;
  const status: RayJobStatus = { ...job.status, rayClusterStatus, jobStatusCheckFailureStartTime: undefined };
  if (modeOf(job) === "HTTPMode") return submit(pass, status, more);
  const text = "Submitter completed but Ray job not found in RayCluster.";
  const isLost = hasSubmitter(job) && submitter.finishedAt !== undefined;
  const verdict = checkSubmission(submitter, job.status?.jobStatus) ?? (isLost ? failed("AppFailed", text) : undefined);
  return verdict ? move(pass, { ...status, ...verdict }, more) : plan(pass, status, more);
}

/** HTTPMode: a submission that fails counts as Ray not answering. */
function submit(pass: Pass, status: RayJobStatus, more: Partial<JobPlan>): JobPlan {
  const action = submitAction(pass);
  const { submission } = pass.world;
  const hasFailed = answers(submission, action) && !submission.outcome.ok;
  const before = pass.job.status?.jobStatusCheckFailureStartTime;
  const since = hasFailed ? (before ?? formatTime(pass.now)) : undefined;
  const message = hasFailed && !submission.outcome.ok ? submission.outcome.error : status.message;
  const actions = [...(more.actions ?? []), action];
  return plan(pass, { ...status, message, jobStatusCheckFailureStartTime: since }, { ...more, actions });
}

/** Whether a job that goes away has to be stopped in Ray first. */
export const stillRuns = ({ status }: Pass["job"]): boolean =>
  Boolean(status?.jobId && status.dashboardURL) && !isTerminal(status?.jobStatus);
