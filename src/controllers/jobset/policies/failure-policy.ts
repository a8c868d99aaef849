/**
 * failurePolicy: which rule answers to which failed Job, and what its action does. Rules are tried in order; of the
 * Jobs that match the first rule to match any, the one that failed first counts. One action per reconcile. Pure.
 */
import type { Job } from "../../../api/batch/job.ts";
import type { FailurePolicyAction, FailurePolicyRule } from "../../../api/jobset/types.ts";
import { actionMessage, type Failure, failJobSet, firstFailed } from "./failure.ts";
import { replicatedJobOf, trueCondition } from "../jobs/state.ts";
import type { PolicySteps } from "../policy-steps.ts";
import { finderOf } from "./pattern.ts";
import { restartJob, restartJobSet } from "./restart.ts";
import type { View } from "../view.ts";

/** Compiles the patterns of a rule once for all Jobs. */
function matcherOf(rule: FailurePolicyRule): (job: Job) => boolean {
  const { onJobFailureReasons: reasons = [], targetReplicatedJobs: targets = [] } = rule;
  const finders = (rule.onJobFailureMessagePatterns ?? []).map(finderOf);
  return (job) => {
    const { reason = "", message = "" } = trueCondition(job, "Failed") ?? {};
    const name = replicatedJobOf(job);
    if (name === "" || (targets.length > 0 && !targets.includes(name))) return false;
    if (reasons.length > 0 && !reasons.includes(reason)) return false;
    return finders.length === 0 || finders.some((finds) => finds(message));
  };
}

const failureTime = (job: Job): number => {
  const time = trueCondition(job, "Failed")?.lastTransitionTime;
  return time === undefined ? Number.NEGATIVE_INFINITY : Date.parse(time);
};

/** The first in the list among those that failed at the same time. */
function earliest(jobs: readonly Job[]): Job | undefined {
  let first: Job | undefined;
  for (const job of jobs) if (!first || failureTime(job) < failureTime(first)) first = job;
  return first;
}

/** Undefined only when no Job has failed. */
export function findFailure(rules: readonly FailurePolicyRule[], jobs: readonly Job[]): Failure | undefined {
  for (const rule of rules) {
    const job = earliest(jobs.filter(matcherOf(rule)));
    if (job) return { action: rule.action, job, ruleName: rule.name };
  }
  const job = earliest(jobs);
  return job && { action: "RestartJobSet", job };
}

const answers: Readonly<Record<FailurePolicyAction, (view: View, failure: Failure) => PolicySteps>> = {
  FailJobSet: (_, failure) => failJobSet("FailJobSetFailurePolicyAction", actionMessage(failure)),
  RestartJobSet: (view, failure) => restartJobSet(view, failure, "charged"),
  RestartJobSetAndIgnoreMaxRestarts: (view, failure) => restartJobSet(view, failure, "free"),
  RestartJob: (view, failure) => restartJob(view, failure, "charged"),
  RestartJobAndIgnoreMaxRestarts: (view, failure) => restartJob(view, failure, "free"),
};

/** Nothing while no Job of the current attempt has failed. */
export function planFailure(view: View): PolicySteps {
  const { failurePolicy } = view.spec;
  const failure = findFailure(failurePolicy?.rules ?? [], view.buckets.failed);
  if (!failure) return [];
  if (!failurePolicy) {
    return failJobSet("FailedJobs", `jobset failed due to one or more job failures${firstFailed(failure.job)}`);
  }
  return answers[failure.action](view, failure);
}
