import { expect, it } from "vitest";
import type { Job, JobCondition } from "../../../api/batch/job.ts";
import type { FailurePolicyRule } from "../../../api/jobset/types.ts";
import { findFailure } from "./failure-policy.ts";
import { failedWith, makeChild, makeJobSet, makeReplicatedJob } from "../model.test-support.ts";

const jobSet = makeJobSet({
  spec: { replicatedJobs: [makeReplicatedJob("a"), makeReplicatedJob("b", { replicas: 2 })] },
});
const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, "0")}:00Z`;
const job = (name: string, minute: number, more: Partial<JobCondition> = {}): Job =>
  makeChild(jobSet, name, failedWith({ lastTransitionTime: at(minute), ...more }));

const fail: FailurePolicyRule = { name: "fail", action: "FailJobSet" };
const restart: FailurePolicyRule = { name: "restart", action: "RestartJobSet" };

interface Row {
  readonly rules: readonly FailurePolicyRule[];
  readonly jobs: readonly Job[];
  /** `rule job`; the rule is `default` when none matched. */
  readonly finds: string | undefined;
}

const rows: Readonly<Record<string, Row>> = {
  "finds nothing when no Job has failed": { rules: [fail], jobs: [], finds: undefined },
  "takes the Job that failed first without rules": {
    rules: [],
    jobs: [job("a-0", 2), job("b-0", 1)],
    finds: "default js-b-0",
  },
  "takes the first of those that failed together": {
    rules: [],
    jobs: [job("a-0", 1), job("b-0", 1)],
    finds: "default js-a-0",
  },
  "takes a Job without a time for the earliest": {
    rules: [],
    jobs: [job("a-0", 1), job("b-0", 2, { lastTransitionTime: undefined })],
    finds: "default js-b-0",
  },
  "tries rules in their order, not Jobs in theirs": {
    rules: [{ ...restart, targetReplicatedJobs: ["b"] }, fail],
    jobs: [job("a-0", 1), job("b-1", 3), job("b-0", 2)],
    finds: "restart js-b-0",
  },
  "skips rules for other reasons": {
    rules: [{ ...restart, onJobFailureReasons: ["PodFailurePolicy"] }, fail],
    jobs: [job("a-0", 1)],
    finds: "fail js-a-0",
  },
  "matches one of several reasons": {
    rules: [{ ...fail, onJobFailureReasons: ["PodFailurePolicy", "BackoffLimitExceeded"] }],
    jobs: [job("a-0", 1)],
    finds: "fail js-a-0",
  },
  "falls back to the default when no rule matches": {
    rules: [{ ...fail, targetReplicatedJobs: ["b"] }],
    jobs: [job("a-0", 1)],
    finds: "default js-a-0",
  },
  "finds a pattern anywhere in the message": {
    rules: [{ ...fail, onJobFailureMessagePatterns: ["no such", "back.ff"] }],
    jobs: [job("a-0", 1)],
    finds: "fail js-a-0",
  },
  "minds case in patterns": {
    rules: [{ ...fail, onJobFailureMessagePatterns: ["BACKOFF"] }],
    jobs: [job("a-0", 1)],
    finds: "default js-a-0",
  },
  "skips what is no pattern": {
    rules: [{ ...fail, onJobFailureMessagePatterns: ["(", "specified"] }],
    jobs: [job("a-0", 1)],
    finds: "fail js-a-0",
  },
  "wants reason, pattern and target together": {
    rules: [
      {
        ...fail,
        onJobFailureReasons: ["BackoffLimitExceeded"],
        onJobFailureMessagePatterns: ["limit"],
        targetReplicatedJobs: ["b"],
      },
    ],
    jobs: [job("a-0", 1), job("b-0", 2)],
    finds: "fail js-b-0",
  },
};

for (const [sentence, { rules, jobs, finds }] of Object.entries(rows)) {
  it(sentence, () => {
    const failure = findFailure(rules, jobs);
    expect(failure && `${failure.ruleName ?? "default"} ${failure.job.metadata.name}`).toBe(finds);
  });
}
