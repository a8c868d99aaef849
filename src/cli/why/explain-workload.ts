/** What the objects above the pods say: Experiment, RayJob, RayCluster and JobSet, by their status. Pure; one finding each. */
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import type { Condition } from "../../meta/condition.ts";
import type { KubeObject } from "../../meta/object.ts";
import { untilThen } from "../../controllers/experiment/diagnosis/inspection.ts";
import { logIn, withoutLog } from "../watch/ray-message.ts";
import { meaningOf } from "./explain-exit.ts";
import { explainQuota } from "./explain-quota.ts";
import type { Cause, Finding } from "./finding.ts";

/** The fields of any of the workloads that tell something. */
export interface WorkloadLike extends KubeObject {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly jobDeploymentStatus?: string;
    readonly jobStatus?: string;
    readonly rayClusterName?: string;
    readonly state?: string;
    readonly head?: { readonly serviceName?: string };
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
  };
}

interface Verdict {
  readonly cause: Cause;
  readonly remedy?: string;
}

const invalid: Verdict = {
  cause: "Invalid",
  remedy: "fix the problem and submit it again; `windlass validate` checks a manifest",
};
const timeout: Verdict = {
  cause: "Timeout",
  remedy: "allow more time (`timeout`, `activeDeadlineSeconds`), or make it faster",
};
/** More of it does not help where what was waited for never comes. */
const waitedInVain: Verdict = {
  cause: "Timeout",
  remedy: "fix what it waited for and run it again; more time (`timeout`) helps only if that resolves by itself",
};
const crashLoop: Verdict = {
  cause: "CrashLoop",
  remedy: "fix what its last lines report (image, requirements, `rayStartParams`), and run it again",
};
const backoff: Verdict = { cause: "BackoffLimit", remedy: "fix what made its pods fail, or allow more retries" };
const cancelled: Verdict = { cause: "Cancelled", remedy: "run it again if this was not intended" };
const command: Verdict = { cause: "CommandFailed", remedy: "`windlass logs NAME` shows what it printed" };

/** By the reasons that experiments and workloads give; what is missing here is told as it is. */
const verdicts: Readonly<Record<string, Verdict>> = {
  ManifestInvalid: invalid,
  ValidationFailed: invalid,
  Cancelled: cancelled,
  JobStopped: cancelled,
  CloneFailed: { cause: "BuildFailed", remedy: "check that the source folder exists and can be read" },
  BuildFailed: {
    cause: "BuildFailed",
    remedy: "fix the problem (requirements are in requirements.txt or pyproject.toml), and run it again",
  },
  Timeout: timeout,
  DeadlineExceeded: timeout,
  StartTimeout: timeout,
  PreRunningDeadlineExceeded: timeout,
  RanksMissing: {
    cause: "RanksMissing",
    remedy: "check the pods of the missing ranks; `--start-deadline` gives them more time",
  },
  OutOfMemory: { cause: "OutOfMemory", remedy: "request more memory (`ramRatio`), or make the program use less" },
  CrashLoop: crashLoop,
  CommandFailed: command,
  AppFailed: command,
  BackoffLimitExceeded: backoff,
  FailedJobs: backoff,
  ReachedMaxRestarts: backoff,
  JobDeploymentStatusTransitionGracePeriodExceeded: timeout,
};

const done: Verdict = { cause: "Succeeded" };

const describe = (reason = "", message = "") => [reason, message].filter(Boolean).join(": ");

const toFinding = (where: string, { cause, remedy }: Verdict, evidence: string): Finding => ({
  cause,
  where,
  evidence: [evidence],
  remedy,
});

const shownLines = 10;

/** The end of the log in a message, as one piece of evidence. */
function printedLast(message: string): readonly string[] {
  const log = logIn(message).slice(-shownLines);
  return log.length > 0 ? [["last lines it printed:", ...log.map((line) => `  ${line}`)].join("\n")] : [];
}

/** Ray gives a signal as a negative number. */
const exitCodeIn = (message: string): number | undefined => {
  const code = /exit code (-?\d+)/.exec(message)?.[1];
  return code === undefined ? undefined : Number(code) < 0 ? 128 - Number(code) : Number(code);
};

/** A failure in the words of who saw it: what its exit code means, and what it printed last where that is told, too. */
function failure(where: string, reason: string, message: string): Finding {
  const known = verdicts[reason] ?? { cause: "Failed" };
  const verdict = known === timeout && message.includes(untilThen) ? waitedInVain : known;
  // The heading says the cause already.
  const told = describe(reason === known.cause && message !== "" ? "" : reason, withoutLog(message));
  const printed = printedLast(message);
  const exitCode = verdict === command ? exitCodeIn(told) : undefined;
  if (exitCode === undefined) return { ...toFinding(where, verdict, told), evidence: [told, ...printed] };
  const { cause, text, remedy } = meaningOf(exitCode);
  return { cause, where, evidence: [`${told}: ${text}`, ...printed], remedy };
}

/** An attempt after the first: that one failed is news, whatever this one does. */
function explainRetry(
  where: string,
  { attempt = 1, maxAttempts, lastFailure = "" }: ExperimentStatus,
): Finding | undefined {
  if (attempt < 2) return undefined;
  const failed = `attempt ${attempt - 1} failed${lastFailure ? `: ${withoutLog(lastFailure)}` : ""}`;
  return {
    cause: "Retrying",
    where,
    evidence: [`attempt ${attempt} of ${maxAttempts} is in progress; ${failed}`, ...printedLast(lastFailure)],
    remedy: "wait if the failure was transient; otherwise cancel it and fix the cause",
  };
}

/** How the experiment ended, or the step it is in before it has a workload. */
export function explainStatus({ metadata, status = {} }: Experiment): Finding | undefined {
  const where = `experiment ${metadata.name}`;
  const { state, reason, message } = status;
  if (state === "Succeeded") return toFinding(where, done, "it succeeded");
  if (state === "Cancelled") return toFinding(where, cancelled, describe(reason, message));
  if (state === "Failed") return failure(where, reason ?? "", message ?? "");
  const retried = explainRetry(where, status);
  if (retried) return retried;
  const step = status.steps?.find(({ name }) => name === status.step);
  if (status.step === "Cloning" || status.step === "Building") {
    const what = status.step === "Cloning" ? "copying the source" : "building its environment";
    return toFinding(where, { cause: "Preparing" }, step?.message ? `${what}: ${step.message}` : what);
  }
  if (status.step === "Waiting" && step?.message) return toFinding(where, { cause: "Preparing" }, step.message);
  return undefined;
}

function suspended(workload: WorkloadLike, where: string): Finding | undefined {
  if (workload.spec?.suspend !== true) return undefined;
  const queue = workload.metadata.labels?.["kueue.x-k8s.io/queue-name"];
  return queue
    ? toFinding(
        where,
        {
          cause: "Suspended",
          remedy:
            "wait for quota: `kubectl describe workload` and `kubectl get localqueue` show what is ahead in the queue",
        },
        `queued by Kueue in ${queue} until quota is available`,
      )
    : toFinding(
        where,
        { cause: "Suspended", remedy: "set `spec.suspend` to false to resume it" },
        "it is suspended (`spec.suspend` is true)",
      );
}

/** Undefined while a workload is on its way and says nothing by itself. */
export function explainWorkload(workload: WorkloadLike): Finding | undefined {
  const where = `${workload.kind?.toLowerCase()} ${workload.metadata.name}`;
  const { conditions = [], jobDeploymentStatus, state, reason, message } = workload.status ?? {};
  const is = (type: string) => conditions.find((condition) => condition.type === type && condition.status === "True");
  const failed = is("Failed") ?? is("ReplicaFailure");
  if (failed) {
    const verdict = /forbidden|exceeded quota/i.test(failed.message) ? forbidden : verdicts[failed.reason];
    const finding = toFinding(where, verdict ?? { cause: "Failed" }, describe(failed.reason, failed.message));
    return { ...finding, evidence: [...explainQuota(failed.message), ...finding.evidence] };
  }
  if (jobDeploymentStatus === "ValidationFailed") return toFinding(where, invalid, message ?? "refused");
  if (jobDeploymentStatus === "Failed") return failure(where, reason ?? "", message ?? "");
  if (jobDeploymentStatus === "Complete" || is("Completed")) return toFinding(where, done, "it succeeded");
  const held = suspended(workload, where);
  if (held) return held;
  return workload.kind === "RayCluster" && state === "ready"
    ? toFinding(where, { cause: "Running" }, "it is ready")
    : undefined;
}

export const forbidden: Verdict = {
  cause: "Forbidden",
  remedy: "ask for a higher quota or for the permission in this namespace, or request less (`kubectl describe quota`)",
};
