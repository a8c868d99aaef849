/** The checks that move a RayJob from state to state: each looks at one thing. Pure. */
import type { Job } from "../../api/batch/job.ts";
import { formatTime } from "../../api/meta/condition.ts";
import type { Time } from "../../api/meta/object.ts";
import type { JobDeploymentStatus, JobStatus, RayJob, RayJobStatus } from "../../api/ray/types.ts";
import type { RayJobInfo } from "./info.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";

/** What a check decided; undefined when it has nothing to say. */
export type Verdict = Partial<RayJobStatus> | undefined;

export const isTerminal = (status: JobStatus | undefined): boolean =>
  status === "STOPPED" || status === "SUCCEEDED" || status === "FAILED";
export const isFinished = (status: JobDeploymentStatus | undefined): boolean =>
  status === "Complete" || status === "Failed";

const failed = (reason: string, message: string, more: Partial<RayJobStatus> = {}): Partial<RayJobStatus> => ({
  jobDeploymentStatus: "Failed",
  reason,
  message,
  ...more,
});

const passed = (time: Time | undefined, seconds: number, now: Date): boolean =>
  time !== undefined && now.getTime() >= Date.parse(time) + seconds * 1000;

export function checkDeadline({ spec, status }: RayJob, now: Date): Verdict {
  const { activeDeadlineSeconds: limit } = spec;
  if (limit === undefined || !passed(status?.startTime, limit, now)) return undefined;
  return failed(
    "DeadlineExceeded",
    `The RayJob has passed the activeDeadlineSeconds. StartTime: ${status?.startTime}. ActiveDeadlineSeconds: ${limit}`,
  );
}

export function checkPreRunningDeadline({ spec, status }: RayJob, now: Date): Verdict {
  const { preRunningDeadlineSeconds: limit } = spec;
  if (limit === undefined || !passed(status?.startTime, limit, now)) return undefined;
  return failed(
    "PreRunningDeadlineExceeded",
    `The RayJob has passed the preRunningDeadlineSeconds. StartTime: ${status?.startTime}. PreRunningDeadlineSeconds: ${limit}`,
  );
}

/** Ray has said long ago that the job is over, and the submitter still has not ended. */
export function checkGrace({ status }: RayJob, now: Date, { transitionGraceSeconds }: RayOperatorOptions): Verdict {
  if (!isTerminal(status?.jobStatus) || !passed(status?.rayJobInfo?.endTime, transitionGraceSeconds, now))
    return undefined;
  return {
    jobDeploymentStatus: status?.jobStatus === "FAILED" ? "Failed" : "Complete",
    reason: "JobDeploymentStatusTransitionGracePeriodExceeded",
    message: `The Ray job ended at ${status?.rayJobInfo?.endTime}, and its submitter did not end within ${transitionGraceSeconds} s`,
  };
}

export function checkUnreachable(
  { status }: RayJob,
  now: Date,
  { statusCheckTimeoutSeconds }: RayOperatorOptions,
): Verdict {
  if (!passed(status?.jobStatusCheckFailureStartTime, statusCheckTimeoutSeconds, now)) return undefined;
  return failed(
    "JobStatusCheckTimeoutExceeded",
    `The status of the Ray job could not be read for ${statusCheckTimeoutSeconds} s`,
  );
}

export interface Submitter {
  /** When it ended, however. */
  readonly finishedAt?: Time;
  /** Why it failed, in words. */
  readonly failure?: string;
}

export function submitterOf(job: Job | undefined): Submitter {
  const conditions = job?.status?.conditions ?? [];
  const end = conditions.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
  if (!end) return {};
  const failure = end.type === "Failed" ? `Reason: ${end.reason ?? ""}. Message: ${end.message ?? ""}` : undefined;
  return { finishedAt: end.lastTransitionTime, ...(failure && { failure }) };
}

const submitterGraceSeconds = 30;

/** The submitter failed: the job itself may tell why first. */
export function checkSubmitter({ finishedAt, failure }: Submitter, job: RayJob, now: Date): Verdict {
  // Ray's own word comes first; it is asked at once when the submitter ends.
  if (passed(finishedAt, submitterGraceSeconds, now) && !isTerminal(job.status?.jobStatus)) {
    const message = `The RayJob submitter finished at ${finishedAt} but the ray job did not reach terminal state within ${submitterGraceSeconds}s`;
    return failed("JobDeploymentStatusTransitionGracePeriodExceeded", message, { jobStatus: "FAILED" });
  }
  if (!failure) return undefined;
  if (job.status?.jobStatus === "FAILED") return failed("AppFailed", job.status.message ?? "");
  return failed("SubmissionFailed", `Job submission has failed. ${failure}`);
}

const knownStatuses = new Set<string>(["PENDING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED"]);
const timeOf = (ms: number | undefined) => (ms ? formatTime(new Date(ms)) : undefined);

/** What Ray says of the job. `waitsForSubmitter`: the end counts only once the submitter has ended, too. */
export function fromInfo(info: RayJobInfo, waitsForSubmitter: boolean, submitter: Submitter): Partial<RayJobStatus> {
  const jobStatus = (knownStatuses.has(info.status) ? info.status : "") as JobStatus;
  const rayJobInfo = { startTime: timeOf(info.start_time), endTime: timeOf(info.end_time) };
  const base = { jobStatus, message: info.message ?? "", rayJobInfo, jobStatusCheckFailureStartTime: undefined };
  const isOver = isTerminal(jobStatus) && (!waitsForSubmitter || submitter.finishedAt !== undefined);
  if (!isOver) return { ...base, reason: undefined };
  if (jobStatus === "FAILED") return { ...base, jobDeploymentStatus: "Failed", reason: "AppFailed" };
  return { ...base, jobDeploymentStatus: "Complete", reason: undefined };
}

/** Attempts that failed for these reasons are not repeated. */
const final = new Set(["DeadlineExceeded", "JobStatusCheckTimeoutExceeded"]);

export function countAttempt(job: RayJob, next: RayJobStatus): RayJobStatus {
  const wasFinished = isFinished(job.status?.jobDeploymentStatus);
  const isFailed = next.jobDeploymentStatus === "Failed" && !wasFinished;
  const failedCount = (job.status?.failed ?? 0) + (isFailed ? 1 : 0);
  const hasSucceeded = next.jobStatus === "SUCCEEDED" && next.jobDeploymentStatus === "Complete" && !wasFinished;
  const counted = { ...next, failed: failedCount, succeeded: (job.status?.succeeded ?? 0) + (hasSucceeded ? 1 : 0) };
  const retries = job.spec.backoffLimit ?? 0;
  if (isFailed && failedCount <= retries && !final.has(next.reason ?? ""))
    return { ...counted, jobDeploymentStatus: "Retrying" };
  return counted;
}
