/** A RayJob whose cluster is up: the submitter, Ray's own word, and what follows from both. Pure. */
import { Service as ServiceKind } from "../../api/core/kinds.ts";
import { formatTime } from "../../api/meta/condition.ts";
import { labels } from "../../api/ray/labels.ts";
import type { RayJobStatus } from "../../api/ray/types.ts";
import { deepEqual } from "../../machinery/deep-equal.ts";
import type { Action, Apply, Observation } from "../../runtime/plan.ts";
import { desiredJobService } from "./children.ts";
import type { RayJobInfo } from "./info.ts";
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
  pollMs,
} from "./pass.ts";
import { parseEntrypointResources, parseRuntimeEnv } from "./submitter.ts";
import {
  checkDeadline,
  checkGrace,
  checkSubmitter,
  checkUnreachable,
  fromInfo,
  type Submitter,
  submitterOf,
} from "./transitions.ts";

function ownService(pass: Pass): readonly Apply[] {
  const { job, world, options } = pass;
  if (job.spec.clusterSelector || !world.cluster) return [];
  const current = world.ownService?.spec.selector?.[labels.cluster];
  if (current === world.cluster.metadata.name) return [];
  const target = desiredJobService(job, world.cluster, options);
  if (!world.ownService) return [{ kind: ServiceKind, target, mode: "create" }];
  return [
    {
      kind: ServiceKind,
      target: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: target.metadata.name, namespace: target.metadata.namespace },
        spec: { selector: target.spec.selector },
      } as typeof target,
    },
  ];
}

/** Somebody deleted the Job. Another finds the job submitted already, and follows it to its end. */
function lostSubmitter(pass: Pass): readonly Apply[] {
  const { job, world } = pass;
  if (modeOf(job) !== "K8sJobMode" || world.submitter || !world.cluster || !job.status?.dashboardURL) return [];
  return [createSubmitter(pass, job.status.dashboardURL)];
}

/** In SidecarMode the submitter is a container of the head, and its end is in the head's status. */
function sidecarOf({ world }: Pass): Submitter & { readonly lost?: boolean } {
  if (!world.headPod) return { lost: true };
  const ended = world.headPod.status?.containerStatuses?.find(({ name }) => name === "ray-job-submitter")?.state
    ?.terminated;
  if (!ended) return {};
  const failure =
    ended.exitCode === 0
      ? undefined
      : `Ray head pod container ray-job-submitter terminated with exit code ${ended.exitCode}: ${ended.reason ?? ""}`;
  return { finishedAt: ended.finishedAt, ...(failure && { failure }) };
}

/** Ray is asked again at once when the submitter ends: the end is part of the question. */
function infoAction({ job, world }: Pass, submitter: Submitter): Action {
  const { jobId = "", dashboardURL = "", rayClusterName = "" } = job.status ?? {};
  const service = world.headService?.metadata.name ?? "";
  return {
    key: "job-info",
    type: "JobInfo",
    input: { jobId, address: dashboardURL, service, cluster: rayClusterName, finishedAt: submitter.finishedAt ?? "" },
    repeatAfterMs: pollMs,
  };
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
    entrypoint_resources: parseEntrypointResources(spec.entrypointResources),
  };
  const service = pass.world.headService?.metadata.name ?? "";
  return {
    key: "submit",
    type: "Submit",
    input: { request, address: status?.dashboardURL ?? "", service },
    repeatAfterMs: pollMs,
  };
}

/** Whether the answer is about this very question: the attempt, and the submitter's end. */
function answers(observation: Observation | undefined, action: Action): observation is Observation {
  return observation !== undefined && deepEqual(observation.input, action.input);
}

export function planRunning(pass: Pass): JobPlan {
  const { job, world, now, options } = pass;
  if (job.spec.suspend) return move(pass, { jobDeploymentStatus: "Suspending" });
  const over = checkDeadline(job, now) ?? checkGrace(job, now, options) ?? checkUnreachable(job, now, options);
  if (over) return move(pass, over);
  const { apply: missing, events } = ensureCluster(pass);
  const apply = [...missing, ...ownService(pass), ...lostSubmitter(pass)];
  const isSidecar = modeOf(job) === "SidecarMode";
  const sidecar = isSidecar ? sidecarOf(pass) : {};
  if ("lost" in sidecar && sidecar.lost)
    return move(
      pass,
      { jobDeploymentStatus: "Failed", reason: "AppFailed", message: "Ray head pod not found." },
      { apply },
    );
  const submitter = isSidecar ? sidecar : submitterOf(world.submitter);
  const ask = infoAction(pass, submitter);
  const more = { apply, events, actions: [ask] };
  if (!answers(world.info, ask)) {
    const late = checkSubmitter({ finishedAt: submitter.finishedAt }, job, now);
    return late ? move(pass, late, more) : plan({ ...job.status }, more);
  }
  return fromAnswer(pass, world.info.outcome, submitter, more);
}

function fromAnswer(
  pass: Pass,
  outcome: Observation["outcome"],
  submitter: Submitter,
  more: Partial<JobPlan>,
): JobPlan {
  const { job, world, now } = pass;
  const rayClusterStatus = copyOf(job.status?.rayClusterStatus, world.cluster?.status);
  if (!outcome.ok) {
    const failure = checkSubmitter(submitter, job, now);
    if (failure) return move(pass, { ...failure, rayClusterStatus }, more);
    return plan(
      { ...job.status, jobStatusCheckFailureStartTime: job.status?.jobStatusCheckFailureStartTime ?? formatTime(now) },
      more,
    );
  }
  const info = outcome.value as RayJobInfo | undefined;
  if (info) {
    const change = fromInfo(info, hasSubmitter(job), submitter);
    const failure = change.jobDeploymentStatus
      ? undefined
      : checkSubmitter(submitter, { ...job, status: { ...job.status, ...change } }, now);
    return move(pass, { ...change, ...failure, rayClusterStatus }, more);
  }
  if (modeOf(job) === "HTTPMode") return submit(pass, { ...job.status, rayClusterStatus }, more);
  const failure = checkSubmitter(submitter, job, now);
  if (failure) return move(pass, failure, more);
  if (submitter.finishedAt && hasSubmitter(job)) {
    return move(
      pass,
      {
        jobDeploymentStatus: "Failed",
        reason: "AppFailed",
        message: "Submitter completed but Ray job not found in RayCluster.",
      },
      more,
    );
  }
  return plan({ ...job.status, rayClusterStatus, jobStatusCheckFailureStartTime: undefined }, more);
}

/** HTTPMode: Ray does not know the job yet. A submission that fails counts as Ray not answering. */
function submit(pass: Pass, status: RayJobStatus, more: Partial<JobPlan>): JobPlan {
  const action = submitAction(pass);
  const { submission } = pass.world;
  const hasFailed = answers(submission, action) && !submission.outcome.ok;
  const since = hasFailed ? (status.jobStatusCheckFailureStartTime ?? formatTime(pass.now)) : undefined;
  const actions = [...(more.actions ?? []), action];
  return plan({ ...status, jobStatusCheckFailureStartTime: since }, { ...more, actions });
}
