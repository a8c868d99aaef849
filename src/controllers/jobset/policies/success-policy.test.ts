import { describe } from "vitest";
import {
  before,
  complete,
  conditionAt,
  counts,
  event,
  failed,
  makeChild,
  pending,
  statusOf,
} from "../model.test-support.ts";
import { completedNow, leader, rows, two } from "../plan.test-support.ts";

const completion = (list: readonly ReturnType<typeof counts>[]) => () => ({
  status: statusOf(list, { conditions: [completedNow], terminalState: "Completed" }),
  events: [event("Normal", "AllJobsCompleted", "jobset completed successfully")],
  requeueAfterMs: 0,
});

describe("succeeding", () => {
  rows({
    "completes when all Jobs have": {
      jobs: (jobSet) => [makeChild(jobSet, "w-0", complete)],
      plan: completion([counts("w", { succeeded: 1 })]),
    },
    "completes while suspended too": {
      jobSet: { spec: { suspend: true } },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", complete)],
      plan: completion([counts("w", { succeeded: 1 })]),
    },
    "goes on while some have not": {
      jobSet: { spec: leader, status: statusOf([]) },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "b-0", pending)],
      plan: () => ({ status: statusOf([counts("b", { active: 1 }), counts("a", { succeeded: 1 })]) }),
    },
    "completes with the targets alone, and ends a restart": {
      jobSet: {
        spec: { ...leader, successPolicy: { operator: "All", targetReplicatedJobs: ["a"] } },
        status: statusOf([], {
          conditions: [conditionAt("RestartingJobSet", "True", "DefaultFailurePolicy", "x", before)],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "b-0", pending)],
      plan: () => ({
        status: statusOf([counts("b", { active: 1 }), counts("a", { succeeded: 1 })], {
          conditions: [
            conditionAt("RestartingJobSet", "False", "JobSetCompleted", "jobset completed successfully"),
            completedNow,
          ],
          terminalState: "Completed",
        }),
        events: [
          event("Normal", "AllJobsCompleted", "jobset completed successfully"),
          event("Normal", "JobSetCompleted", "jobset completed successfully"),
        ],
        requeueAfterMs: 0,
      }),
    },
    "completes with any Job, not a whole replicated job": {
      jobSet: { spec: { ...two, successPolicy: { operator: "Any" } } },
      jobs: (jobSet) => [makeChild(jobSet, "b-1", complete)],
      plan: completion([counts("b", { succeeded: 1 }), counts("a")]),
    },
    "does not count those that are no targets": {
      jobSet: {
        spec: { ...leader, successPolicy: { operator: "Any", targetReplicatedJobs: ["a"] } },
        status: statusOf([]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", pending), makeChild(jobSet, "b-0", complete)],
      plan: () => ({ status: statusOf([counts("b", { succeeded: 1 }), counts("a", { active: 1 })]) }),
    },
    "lets one failed Job outweigh every success": {
      jobSet: { spec: { ...leader, successPolicy: { operator: "Any" } } },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "b-0", failed)],
      plan: () => ({
        status: statusOf([counts("b", { failed: 1 }), counts("a", { succeeded: 1 })], {
          conditions: [
            conditionAt(
              "Failed",
              "True",
              "FailedJobs",
              "jobset failed due to one or more job failures (first failed job: js-b-0)",
            ),
          ],
          terminalState: "Failed",
        }),
        events: [
          event("Warning", "FailedJobs", "jobset failed due to one or more job failures (first failed job: js-b-0)"),
        ],
        requeueAfterMs: 0,
      }),
    },
  });
});
