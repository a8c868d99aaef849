/** What the state of a workload means for the experiment that owns it. Pure; one function a workload kind. */
import type { Job } from "../../../api/batch/job.ts";
import { type ExperimentReason, foreignReason, type Reason } from "../../../api/experiment/reasons.ts";
import type { JobSetSpec, JobSetStatus } from "../../../api/jobset/types.ts";
import type { Condition } from "../../../meta/condition.ts";
import type { KubeObject } from "../../../meta/object.ts";
import type { JobDeploymentStatus, RayJobSpec, RayJobStatus } from "../../../api/ray/types.ts";
import type { End } from "../status.ts";

/** How far a workload is, in the experiment's words. */
export type Outcome =
  | { readonly phase: "Submitting" | "Running" | "Suspended" }
  | { readonly phase: "Ended"; readonly end: End };

/** The fields of a RayJob that decide. */
export interface RayJobLike extends KubeObject {
  readonly spec?: Pick<RayJobSpec, "activeDeadlineSeconds" | "backoffLimit">;
  readonly status?: RayJobStatus;
}

/** The fields of a JobSet that decide. */
export interface JobSetLike extends KubeObject {
  readonly spec?: Pick<JobSetSpec, "failurePolicy">;
  readonly status?: Partial<Pick<JobSetStatus, "restarts" | "conditions" | "replicatedJobsStatus">>;
}

const submitting: Outcome = { phase: "Submitting" };
const running: Outcome = { phase: "Running" };
const failed = (reason: Reason, message: string): Outcome => ({
  phase: "Ended",
  end: { state: "Failed", reason, message },
});
const succeeded = (message: string | undefined): Outcome => ({
  phase: "Ended",
  end: { state: "Succeeded", reason: "Completed", ...(message !== undefined && { message }) },
});

/** What a RayJob calls otherwise. */
const renamed: Readonly<Record<string, ExperimentReason>> = {
  DeadlineExceeded: "Timeout",
  PreRunningDeadlineExceeded: "StartTimeout",
  AppFailed: "CommandFailed",
};

/** Ways for a RayJob to fail other than by what its command did. */
const lossReasons = new Set(["SubmissionFailed", "AppFailed", "JobStatusCheckTimeoutExceeded"]);

/** Failed, although Ray's last word was that the job runs: whoever knew it is gone. */
const isLost = ({ status }: RayJobLike): boolean =>
  lossReasons.has(status?.reason ?? "") && (status?.jobStatus === "RUNNING" || status?.jobStatus === "PENDING");

const tookLonger = (seconds: number | undefined): Outcome =>
  failed("Timeout", `exceeded its timeout${seconds === undefined ? "" : ` of ${seconds} s`}`);

function rayJobFailed(job: RayJobLike): Outcome {
  const { reason, message = "" } = job.status ?? {};
  if (isLost(job)) {
    const lost =
      "the job was lost while it ran: the Ray head (or the submitter) exited or restarted, and a head keeps its jobs only in memory.";
    return failed("RayJobLost", `${lost} ${message}`.trim());
  }
  if (reason === "DeadlineExceeded") return tookLonger(job.spec?.activeDeadlineSeconds);
  const told = reason ? (renamed[reason] ?? foreignReason(reason)) : "RayJobFailed";
  return failed(told, message || "the Ray job failed");
}

function rayJobCompleted({ status: { jobStatus, message } = {} }: RayJobLike): Outcome {
  if (jobStatus !== "STOPPED") return succeeded(message);
  const end: End = { state: "Cancelled", reason: "JobStopped", message: message ?? "the Ray job was stopped" };
  return { phase: "Ended", end };
}

const rayJobOutcomes: Readonly<Record<JobDeploymentStatus, (job: RayJobLike) => Outcome>> = {
  "": () => submitting,
  Initializing: () => submitting,
  Waiting: () => submitting,
  Running: () => running,
  Complete: rayJobCompleted,
  Failed: rayJobFailed,
  ValidationFailed: rayJobFailed,
  Suspending: () => submitting,
  Suspended: () => ({ phase: "Suspended" }),
  Retrying: () => submitting,
};

export function rayJobOutcome(job: RayJobLike): Outcome {
  // A peer's operator of a later version may know states that this one does not.
  const known: Partial<typeof rayJobOutcomes> = rayJobOutcomes;
  return known[job.status?.jobDeploymentStatus ?? ""]?.(job) ?? submitting;
}

const isTrue = (conditions: readonly Condition[], type: string) =>
  conditions.find((c) => c.type === type && c.status === "True");

const isOutOfTime = ({ status }: Job): boolean =>
  status?.conditions?.some((c) => c.type === "Failed" && c.status === "True" && c.reason === "DeadlineExceeded") ===
  true;

/** `jobs` are those of the set: a set only knows that one of them failed. */
export function jobSetOutcome(jobSet: JobSetLike, jobs: readonly Job[] = []): Outcome {
  const conditions = jobSet.status?.conditions ?? [];
  const failure = isTrue(conditions, "Failed");
  if (failure) {
    const late = jobs.find(isOutOfTime);
    return late ? tookLonger(late.spec?.activeDeadlineSeconds) : failed(foreignReason(failure.reason), failure.message);
  }
  const completed = isTrue(conditions, "Completed");
  if (completed) return succeeded(completed.message);
  if (isTrue(conditions, "Suspended")) return { phase: "Suspended" };
  const started = jobSet.status?.replicatedJobsStatus?.some(
    (s) => (s.ready ?? 0) + (s.succeeded ?? 0) + (s.failed ?? 0) > 0,
  );
  return started ? running : submitting;
}

export function outcomeOf({
  rayJob,
  jobSet,
  jobs,
}: {
  readonly rayJob?: RayJobLike;
  readonly jobSet?: JobSetLike;
  readonly jobs?: readonly Job[];
}): Outcome {
  if (rayJob) return rayJobOutcome(rayJob);
  return jobSet ? jobSetOutcome(jobSet, jobs) : submitting;
}
