import { describe } from "vitest";
import {
  before,
  conditionAt,
  counts,
  creationOf,
  event,
  makeChild,
  makeJobSet,
  makeReplicatedJob,
  patchOf,
  running,
  statusOf,
} from "../model.test-support.ts";
import { resumedNow, rows, suspendedAt } from "../plan.test-support.ts";

const placed = {
  metadata: { labels: { q: "1" }, annotations: { n: "2" } },
  spec: {
    containers: [{ name: "main", image: "busybox" }],
    nodeSelector: { zone: "a" },
    tolerations: [{ key: "gpu", operator: "Exists", tolerationSeconds: 5 }],
    schedulingGates: [{ name: "g" }],
  },
};

describe("suspending", () => {
  rows({
    "creates Jobs suspended": {
      jobSet: { spec: { suspend: true } },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "w-0")],
        status: statusOf([counts("w")], { conditions: [suspendedAt()] }),
        events: [event("Normal", "SuspendedJobs", "jobset is suspended")],
      }),
    },
    "suspends the Jobs that run": {
      jobSet: { spec: { suspend: true }, status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: () => [makeChild(makeJobSet(), "w-0", running)],
      plan: () => ({
        apply: [patchOf("w-0", { spec: { suspend: true } })],
        status: statusOf([counts("w", { active: 1, ready: 1 })], { conditions: [suspendedAt()] }),
        events: [event("Normal", "SuspendedJobs", "jobset is suspended")],
      }),
    },
    "does nothing to Jobs that are suspended": {
      jobSet: {
        spec: { suspend: true },
        status: statusOf([counts("w", { suspended: 1 })], { conditions: [suspendedAt(before)] }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0")],
      plan: () => ({ status: statusOf([counts("w", { suspended: 1 })], { conditions: [suspendedAt(before)] }) }),
    },
    "resumes with the placement of the template, after taking the start time away": {
      jobSet: {
        spec: { replicatedJobs: [makeReplicatedJob("w", {}, { template: placed })] },
        status: statusOf([counts("w", { suspended: 1 })], { conditions: [suspendedAt(before)] }),
      },
      jobs: () => [makeChild(makeJobSet({ spec: { suspend: true } }), "w-0", { startTime: before })],
      plan: () => ({
        apply: [
          patchOf("w-0", { status: { startTime: null } }, { subresource: "status" }),
          patchOf(
            "w-0",
            {
              spec: {
                suspend: false,
                template: {
                  metadata: { labels: { q: "1" }, annotations: { n: "2" } },
                  spec: {
                    nodeSelector: { zone: "a" },
                    tolerations: [{ key: "gpu", operator: "Exists", tolerationSeconds: 5 }],
                    schedulingGates: [{ name: "g" }],
                  },
                },
              },
            },
            { order: 1 },
          ),
        ],
        status: statusOf([counts("w", { suspended: 1 })], { conditions: [resumedNow] }),
        events: [event("Normal", "ResumeJobs", "jobset is resumed")],
      }),
    },
    "adds no toleration twice": {
      jobSet: {
        spec: { replicatedJobs: [makeReplicatedJob("w", {}, { template: placed })] },
        status: statusOf([counts("w", { suspended: 1 })]),
      },
      jobs: () => [
        makeChild(
          makeJobSet({ spec: { suspend: true, replicatedJobs: [makeReplicatedJob("w", {}, { template: placed })] } }),
          "w-0",
        ),
      ],
      plan: () => ({
        apply: [
          patchOf(
            "w-0",
            {
              spec: {
                suspend: false,
                template: {
                  metadata: { labels: { q: "1" }, annotations: { n: "2" } },
                  spec: { nodeSelector: { zone: "a" } },
                },
              },
            },
            { order: 1 },
          ),
        ],
        status: statusOf([counts("w", { suspended: 1 })]),
      }),
    },
    "says of a restart that is over that it is suspended, and since when it is over": {
      jobSet: {
        spec: { suspend: true },
        status: statusOf([counts("w", { suspended: 1 })], {
          conditions: [
            conditionAt("RestartingJobSet", "False", "JobsReady", "all jobs are ready", before),
            suspendedAt(before),
          ],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0")],
      plan: () => ({
        status: statusOf([counts("w", { suspended: 1 })], {
          conditions: [
            conditionAt("RestartingJobSet", "False", "JobSetSuspended", "jobset is suspended", before),
            suspendedAt(before),
          ],
        }),
        events: [event("Normal", "JobSetSuspended", "jobset is suspended")],
      }),
    },
    "turns a restart under way into a suspended one": {
      jobSet: {
        spec: { suspend: true },
        status: statusOf([counts("w", { suspended: 1 })], {
          conditions: [
            suspendedAt(before),
            conditionAt("RestartingJobSet", "True", "DefaultFailurePolicy", "x", before),
          ],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0")],
      plan: () => ({
        status: statusOf([counts("w", { suspended: 1 })], {
          conditions: [
            suspendedAt(before),
            conditionAt("RestartingJobSet", "False", "JobSetSuspended", "jobset is suspended"),
          ],
        }),
        events: [event("Normal", "JobSetSuspended", "jobset is suspended")],
      }),
    },
  });
});
