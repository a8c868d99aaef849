/** What the state of a workload means for the experiment that owns it. Pure; one function a workload kind. */
import type { Job } from "../../api/batch/job.ts";
import type { Condition } from "../../api/meta/condition.ts";
import type { KubeObject } from "../../api/meta/object.ts";

/** How far a workload is, in the experiment's words. */
export type Outcome =
  | { readonly phase: "Submitting" }
  | { readonly phase: "Running" }
  | { readonly phase: "Suspended" }
  | { readonly phase: "Succeeded"; readonly message?: string }
  | { readonly phase: "Failed"; readonly reason: string; readonly message: string }
  | { readonly phase: "Cancelled"; readonly reason: string; readonly message: string };

/** The fields of a RayJob that decide. */
export interface RayJobLike extends KubeObject {
  readonly spec?: { readonly activeDeadlineSeconds?: number; readonly backoffLimit?: number };
  readonly status?: {
    readonly jobStatus?: string;
    readonly jobDeploymentStatus?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly rayClusterName?: string;
    readonly startTime?: string;
    readonly failed?: number;
  };
}

/** The fields of a JobSet that decide. */
export interface JobSetLike extends KubeObject {
  readonly spec?: { readonly failurePolicy?: { readonly maxRestarts?: number } };
  readonly status?: {
    readonly restarts?: number;
    readonly conditions?: readonly Condition[];
    readonly replicatedJobsStatus?: readonly {
      readonly name: string;
      readonly active?: number;
      readonly ready?: number;
      readonly succeeded?: number;
      readonly failed?: number;
    }[];
  };
}

const failureReasons: Readonly<Record<string, string>> = {
  DeadlineExceeded: "Timeout",
  PreRunningDeadlineExceeded: "StartTimeout",
  AppFailed: "CommandFailed",
};

/** Ways for a RayJob to fail other than by what its command did. */
const lossReasons = new Set(["SubmissionFailed", "AppFailed", "JobStatusCheckTimeoutExceeded"]);

/** Failed, although Ray's last word was that the job runs: whoever knew it is gone. */
const isLost = ({ status }: RayJobLike): boolean =>
  lossReasons.has(status?.reason ?? "") && (status?.jobStatus === "RUNNING" || status?.jobStatus === "PENDING");

const lost = (message = ""): Outcome => ({
  phase: "Failed",
  reason: "RayJobLost",
  message:
    `the job was lost while it ran: the Ray head (or the submitter) exited or restarted, and a head keeps its jobs only in memory. ${message}`.trim(),
});

const tookLonger = (seconds: number | undefined): string =>
  `exceeded its timeout${seconds === undefined ? "" : ` of ${seconds} s`}`;

export function rayJobOutcome(job: RayJobLike): Outcome {
  const { jobDeploymentStatus, jobStatus, reason, message } = job.status ?? {};
  switch (jobDeploymentStatus) {
    case "Complete":
      return jobStatus === "STOPPED"
        ? { phase: "Cancelled", reason: "JobStopped", message: message ?? "the Ray job was stopped" }
        : { phase: "Succeeded", message };
    case "Failed":
    case "ValidationFailed":
      if (isLost(job)) return lost(message);
      return {
        phase: "Failed",
        reason: failureReasons[reason ?? ""] ?? reason ?? "RayJobFailed",
        message:
          reason === "DeadlineExceeded" ? tookLonger(job.spec?.activeDeadlineSeconds) : message || "the Ray job failed",
      };
    case "Suspended":
      return { phase: "Suspended" };
    case "Running":
      return { phase: "Running" };
    default:
      return { phase: "Submitting" };
  }
}

const isTrue = (conditions: readonly Condition[], type: string) =>
  conditions.find((c) => c.type === type && c.status === "True");

const isOutOfTime = ({ status }: Job): boolean =>
  status?.conditions?.some((c) => c.type === "Failed" && c.status === "True" && c.reason === "DeadlineExceeded") ===
  true;

/** `jobs` are those of the set: a set only knows that one of them failed. */
export function jobSetOutcome(jobSet: JobSetLike, jobs: readonly Job[] = []): Outcome {
  const conditions = jobSet.status?.conditions ?? [];
  const failed = isTrue(conditions, "Failed");
  if (failed) {
    const late = jobs.find(isOutOfTime);
    if (!late) return { phase: "Failed", reason: failed.reason, message: failed.message };
    return { phase: "Failed", reason: "Timeout", message: tookLonger(late.spec?.activeDeadlineSeconds) };
  }
  const completed = isTrue(conditions, "Completed");
  if (completed) return { phase: "Succeeded", message: completed.message };
  if (isTrue(conditions, "Suspended")) return { phase: "Suspended" };
  const started = jobSet.status?.replicatedJobsStatus?.some(
    (s) => (s.ready ?? 0) + (s.succeeded ?? 0) + (s.failed ?? 0) > 0,
  );
  return started ? { phase: "Running" } : { phase: "Submitting" };
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
  return jobSet ? jobSetOutcome(jobSet, jobs) : { phase: "Submitting" };
}
