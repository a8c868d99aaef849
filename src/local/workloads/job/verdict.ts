/**
 * Whether a Job has to end, and how: the interim condition `FailureTarget` or `SuccessCriteriaMet`. Pure.
 * Complete and Failed follow only when no pod runs any more: see status.ts.
 */
import type { JobCondition } from "../../../api/batch/job.ts";
import { limitEnd } from "../../../meta/sleeps.ts";
import { countIndexes } from "./indexes.ts";
import { hasLimitPerIndex, isIndexed } from "./pods.ts";
import { matchSuccessPolicy } from "./policies.ts";
import type { JobView } from "./view.ts";

export interface Verdict {
  readonly type: "FailureTarget" | "SuccessCriteriaMet";
  readonly reason: string;
  readonly message: string;
}

type Check = (view: JobView, now: Date) => Verdict | undefined;

const failure = (reason: string, message: string): Verdict => ({ type: "FailureTarget", reason, message });
const success = (reason: string, message: string): Verdict => ({ type: "SuccessCriteriaMet", reason, message });

const earlierVerdict: Check = ({ job }) => {
  for (const type of ["SuccessCriteriaMet", "FailureTarget"] as const) {
    const found = findTrue(job.status?.conditions, type);
    if (found) return { type, reason: found.reason ?? "", message: found.message ?? "" };
  }
  return undefined;
};

const failedByPolicy: Check = ({ newFailed }) => {
  const rule = newFailed.find(({ match }) => match?.action === "FailJob")?.match;
  return rule && failure("PodFailurePolicy", rule.message);
};

const pastBackOffLimit: Check = ({ job, failed, active }) => {
  const limit = job.spec.backoffLimit ?? (hasLimitPerIndex(job) ? 2 ** 31 - 1 : 6);
  const verdict = failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  if (failed > limit) return verdict;
  if (job.spec.template.spec.restartPolicy !== "OnFailure") return undefined;
  const restarts = active
    .flatMap((pod) => [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])])
    .reduce((sum, status) => sum + status.restartCount, 0);
  return restarts > 0 && restarts >= limit ? verdict : undefined;
};

const pastDeadline: Check = ({ job }, now) => {
  const left = deadlineLeft(job, now);
  return left !== undefined && left <= 0
    ? failure("DeadlineExceeded", "Job was active longer than specified deadline")
    : undefined;
};

const indexesFailed: Check = ({ job, failedIndexes, succeeded }) => {
  const failed = countIndexes(failedIndexes);
  if (failed === 0) return undefined;
  if (job.spec.maxFailedIndexes !== undefined && failed > job.spec.maxFailedIndexes) {
    return failure("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  }
  return failed + succeeded >= (job.spec.completions ?? 0)
    ? failure("FailedIndexes", "Job has failed indexes")
    : undefined;
};

const metSuccessPolicy: Check = ({ job, succeededIndexes }) => {
  const message = isIndexed(job) ? matchSuccessPolicy(job, succeededIndexes) : undefined;
  return message === undefined ? undefined : success("SuccessPolicy", message);
};

const reachedCompletions: Check = ({ job, succeeded, active }) => {
  const { completions } = job.spec;
  const reached = completions === undefined ? succeeded > 0 : succeeded >= completions;
  return reached && active.length === 0
    ? success("CompletionsReached", "Reached expected number of succeeded pods")
    : undefined;
};

const checks: readonly Check[] = [
  earlierVerdict,
  failedByPolicy,
  pastBackOffLimit,
  pastDeadline,
  indexesFailed,
  metSuccessPolicy,
  reachedCompletions,
];

/** The first check that ends the Job, or undefined: it goes on. */
export function decideVerdict(view: JobView, now: Date): Verdict | undefined {
  for (const check of checks) {
    const verdict = check(view, now);
    if (verdict) return verdict;
  }
  return undefined;
}

/** Milliseconds until `activeDeadlineSeconds` runs out; undefined when the clock is not running. */
export function deadlineLeft(job: JobView["job"], now: Date): number | undefined {
  const { activeDeadlineSeconds, suspend } = job.spec;
  const startTime = job.status?.startTime;
  if (activeDeadlineSeconds === undefined || suspend || !startTime) return undefined;
  return limitEnd({ of: job, start: startTime, seconds: activeDeadlineSeconds }, now) - now.getTime();
}

export function findTrue(conditions: readonly JobCondition[] | undefined, type: string): JobCondition | undefined {
  return conditions?.find((condition) => condition.type === type && condition.status === "True");
}

/** The condition that ended the Job, if it has ended. */
export function terminalCondition(job: JobView["job"]): JobCondition | undefined {
  return findTrue(job.status?.conditions, "Complete") ?? findTrue(job.status?.conditions, "Failed");
}
