/** The checks that move a RayJob from state to state: each looks at one thing. Pure. */
import { formatTime } from "../../meta/condition.ts";
import type { Time } from "../../meta/object.ts";
import { limitEnd } from "../../meta/sleeps.ts";
import type { JobDeploymentStatus, JobStatus, RayJob, RayJobStatus } from "../../api/ray/types.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import type { RayJobInfo } from "../../api/ray/jobs-api.ts";
import type { Submitter } from "./submitter-state.ts";

/** What a check decided; undefined when it has nothing to say. */
export type Verdict = Partial<RayJobStatus> | undefined;

export const isTerminal = (status: JobStatus | undefined): boolean =>
  status === "STOPPED" || status === "SUCCEEDED" || status === "FAILED";
export const isFinished = (status: JobDeploymentStatus | undefined): boolean =>
  status === "Complete" || status === "Failed";

export const failed = (reason: string, message: string, more: Partial<RayJobStatus> = {}): Partial<RayJobStatus> => ({
  jobDeploymentStatus: "Failed",
  reason,
  message,
  ...more,
});

/** A limit of a job, which runs once there is a time to count from. */
interface JobLimit {
  readonly job: RayJob;
  readonly from: Time | undefined;
  readonly seconds: number | undefined;
}

/** Milliseconds until it is over; 0 or less once it has passed, undefined where it does not run. */
function left({ job, from, seconds }: JobLimit, now: Date): number | undefined {
  if (!from || seconds === undefined) return undefined;
  return limitEnd({ of: job, start: from, seconds }, now) - now.getTime();
}
const hasPassed = (limit: JobLimit, now: Date) => (left(limit, now) ?? 1) <= 0;

const activeLimit = (job: RayJob): JobLimit => ({
  job,
  from: job.status?.startTime,
  seconds: job.spec.activeDeadlineSeconds,
});
const preRunningLimit = (job: RayJob): JobLimit => ({
  ...activeLimit(job),
  seconds: job.spec.preRunningDeadlineSeconds,
});
const graceLimit = (job: RayJob, { transitionGraceSeconds: seconds }: RayOperatorOptions): JobLimit => ({
  job,
  from: job.status?.rayJobInfo?.endTime,
  seconds,
});
const silenceLimit = (job: RayJob, { statusCheckTimeoutSeconds: seconds }: RayOperatorOptions): JobLimit => ({
  job,
  from: job.status?.jobStatusCheckFailureStartTime,
  seconds,
});

export function checkDeadline(job: RayJob, now: Date): Verdict {
  const limit = activeLimit(job);
  if (!hasPassed(limit, now)) return undefined;
  const times = `StartTime: ${limit.from}. ActiveDeadlineSeconds: ${limit.seconds}`;
  return failed("DeadlineExceeded", `The RayJob has passed the activeDeadlineSeconds. ${times}`);
}

export function checkPreRunningDeadline(job: RayJob, now: Date): Verdict {
  const limit = preRunningLimit(job);
  if (!hasPassed(limit, now)) return undefined;
  const times = `StartTime: ${limit.from}. PreRunningDeadlineSeconds: ${limit.seconds}`;
  return failed("PreRunningDeadlineExceeded", `The RayJob has passed the preRunningDeadlineSeconds. ${times}`);
}

/** Ray has said long ago that the job is over, and the submitter still has not ended. */
export function checkGrace(job: RayJob, now: Date, options: RayOperatorOptions): Verdict {
  const { jobStatus } = job.status ?? {};
  const { from, seconds } = graceLimit(job, options);
  if (!isTerminal(jobStatus) || !hasPassed({ job, from, seconds }, now)) return undefined;
  return {
    jobDeploymentStatus: jobStatus === "FAILED" ? "Failed" : "Complete",
    reason: "JobDeploymentStatusTransitionGracePeriodExceeded",
    message: `The Ray job ended at ${from}, and its submitter did not end within ${seconds}s`,
  };
}

export function checkUnreachable(job: RayJob, now: Date, options: RayOperatorOptions): Verdict {
  const limit = silenceLimit(job, options);
  if (!hasPassed(limit, now)) return undefined;
  return failed(
    "JobStatusCheckTimeoutExceeded",
    `The status of the Ray job could not be read since ${limit.from}, for ${limit.seconds}s`,
  );
}

/** Milliseconds to the next reconcile, though nothing else may happen: the next of the limits that have begun to run. */
export function nextLimit(job: RayJob, now: Date, options: RayOperatorOptions): number | undefined {
  const { status = {} } = job;
  const isPreRunning = status.jobDeploymentStatus === "Initializing" || status.jobDeploymentStatus === "Waiting";
  const limits = [
    left(activeLimit(job), now),
    isPreRunning ? left(preRunningLimit(job), now) : undefined,
    isTerminal(status.jobStatus) ? left(graceLimit(job, options), now) : undefined,
    left(silenceLimit(job, options), now),
  ].filter((ms) => ms !== undefined);
  return limits.length > 0 ? Math.max(1, Math.min(...limits)) : undefined;
}

const submitterGraceSeconds = 30;

/** The submitter has ended, and Ray cannot be asked what became of the job. */
export function checkSilence({ finishedAt }: Submitter, job: RayJob, now: Date): Verdict {
  if (isTerminal(job.status?.jobStatus) || !hasPassed({ job, from: finishedAt, seconds: submitterGraceSeconds }, now))
    return undefined;
  const message = `The RayJob submitter finished at ${finishedAt} but the ray job did not reach terminal state within ${submitterGraceSeconds}s`;
  return failed("JobDeploymentStatusTransitionGracePeriodExceeded", message, { jobStatus: "FAILED" });
}

/** The submitter failed, and the job had not: it was the submission that did. */
export function checkSubmission({ failure }: Submitter, jobStatus: JobStatus | undefined): Verdict {
  if (!failure || isTerminal(jobStatus)) return undefined;
  return failed("SubmissionFailed", failure);
}

const knownStatuses = new Set<string>(["PENDING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED"]);
const timeOf = (ms: number | undefined) => (ms ? formatTime(new Date(ms)) : undefined);

/** What Ray says of the job, whether or not it is over. */
export function fromInfo(info: RayJobInfo): Partial<RayJobStatus> {
  const jobStatus = (knownStatuses.has(info.status) ? info.status : "") as JobStatus;
  const startTime = timeOf(info.start_time);
  const endTime = timeOf(info.end_time);
  return {
    jobStatus,
    message: info.message ?? "",
    reason: undefined,
    rayJobInfo: { ...(startTime && { startTime }), ...(endTime && { endTime }) },
    jobStatusCheckFailureStartTime: undefined,
  };
}

/** The end, by Ray's word; undefined while Ray has not said that the job is over. */
export function conclude(jobStatus: JobStatus | undefined): Verdict {
  if (!isTerminal(jobStatus)) return undefined;
  return jobStatus === "FAILED"
    ? { jobDeploymentStatus: "Failed", reason: "AppFailed" }
    : { jobDeploymentStatus: "Complete", reason: undefined };
}

/** Attempts that failed for these reasons are not repeated. */
const final = new Set(["DeadlineExceeded", "JobStatusCheckTimeoutExceeded"]);

/** Counts an attempt that ends with `next`; one that failed may be followed by another. */
export function countAttempt(job: RayJob, next: RayJobStatus): RayJobStatus {
  const { status, spec } = job;
  const isNews = !isFinished(status?.jobDeploymentStatus);
  const hasFailed = isNews && next.jobDeploymentStatus === "Failed";
  const hasSucceeded = isNews && next.jobDeploymentStatus === "Complete" && next.jobStatus === "SUCCEEDED";
  const failures = (status?.failed ?? 0) + (hasFailed ? 1 : 0);
  const counted = { ...next, failed: failures, succeeded: (status?.succeeded ?? 0) + (hasSucceeded ? 1 : 0) };
  const mayRetry = failures <= (spec.backoffLimit ?? 0) && !final.has(next.reason ?? "");
  return hasFailed && mayRetry ? { ...counted, jobDeploymentStatus: "Retrying" } : counted;
}
