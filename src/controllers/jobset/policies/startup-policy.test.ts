import { describe } from "vitest";
import type { JobSet } from "../../../api/jobset/types.ts";
import {
  before,
  complete,
  conditionAt,
  counts,
  creationOf,
  event,
  makeChild,
  makeJobSet,
  makeReplicatedJob,
  pending,
  running,
  statusOf,
} from "../model.test-support.ts";
import { resumedNow, resumption, rows, suspendedAt } from "../plan.test-support.ts";

const inOrder = {
  startupPolicy: { startupPolicyOrder: "InOrder" as const },
  replicatedJobs: [makeReplicatedJob("a"), makeReplicatedJob("b")],
};
const progress = conditionAt(
  "StartupPolicyInProgress",
  "True",
  "InOrderStartupPolicyInProgress",
  "in order startup policy in progress",
);
const startupOver = (status: "True" | "False", at: string) =>
  conditionAt(
    "StartupPolicyCompleted",
    status,
    "InOrderStartupPolicyCompleted",
    "in order startup policy has completed",
    at,
  );
const progressEvent = event("Normal", progress.reason, progress.message);
const depends = (status: "Ready" | "Complete") => ({
  replicatedJobs: [
    makeReplicatedJob("a"),
    makeReplicatedJob("b", { dependsOn: [{ name: "a", status }] }),
    makeReplicatedJob("c"),
  ],
});
const created = (jobs: readonly string[], list: readonly ReturnType<typeof counts>[]) => (jobSet: JobSet) => ({
  apply: jobs.map((name) => creationOf(jobSet, name)),
  status: statusOf(list),
});

describe("ordering", () => {
  rows({
    "creates only the first replicated job in order": {
      jobSet: { spec: inOrder },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "a-0")],
        status: statusOf([counts("b"), counts("a")], { conditions: [progress] }),
        events: [progressEvent],
      }),
    },
    "goes on when it is ready": {
      jobSet: {
        spec: inOrder,
        status: statusOf([counts("b"), counts("a", { active: 1, ready: 1 })], { conditions: [progress] }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", running)],
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "b-0")],
        status: statusOf([counts("b"), counts("a", { active: 1, ready: 1 })], { conditions: [progress] }),
      }),
    },
    "ends the startup when all are ready, keeping when and why it was in progress": {
      jobSet: { spec: inOrder, status: statusOf([], { conditions: [{ ...progress, lastTransitionTime: before }] }) },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", running), makeChild(jobSet, "b-0", running)],
      plan: () => ({
        status: statusOf([counts("b", { active: 1, ready: 1 }), counts("a", { active: 1, ready: 1 })], {
          conditions: [
            { ...progress, status: "False", lastTransitionTime: before },
            conditionAt(
              "StartupPolicyCompleted",
              "True",
              "InOrderStartupPolicyCompleted",
              "in order startup policy has completed",
            ),
          ],
        }),
        events: [event("Normal", "InOrderStartupPolicyCompleted", "in order startup policy has completed")],
      }),
    },
    "goes back to its startup when a Job is no longer ready": {
      jobSet: {
        spec: inOrder,
        status: statusOf([], {
          conditions: [{ ...progress, status: "False", lastTransitionTime: before }, startupOver("True", before)],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", pending), makeChild(jobSet, "b-0", running)],
      plan: () => ({
        status: statusOf([counts("b", { active: 1, ready: 1 }), counts("a", { active: 1 })], {
          conditions: [progress, startupOver("False", before)],
        }),
        events: [progressEvent],
      }),
    },
    "takes a replicated job without replicas for started": {
      jobSet: {
        spec: { ...inOrder, replicatedJobs: [makeReplicatedJob("a", { replicas: 0 }), makeReplicatedJob("b")] },
      },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "b-0")],
        status: statusOf([counts("b"), counts("a")], { conditions: [progress] }),
        events: [progressEvent],
      }),
    },
    "ignores the order while suspended": {
      jobSet: { spec: { ...inOrder, suspend: true }, status: statusOf([], { conditions: [suspendedAt(before)] }) },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "a-0"), creationOf(jobSet, "b-0")],
        status: statusOf([counts("b"), counts("a")], { conditions: [suspendedAt(before)] }),
      }),
    },
    "resumes in order, and is suspended until the last": {
      jobSet: { spec: inOrder, status: statusOf([], { conditions: [suspendedAt(before)] }) },
      jobs: () => {
        const jobSet = makeJobSet({ spec: { ...inOrder, suspend: true } });
        return [makeChild(jobSet, "a-0"), makeChild(jobSet, "b-0")];
      },
      plan: () => ({
        apply: [resumption("a-0")],
        status: statusOf([counts("b", { suspended: 1 }), counts("a", { suspended: 1 })], {
          conditions: [suspendedAt(before), progress],
        }),
        events: [progressEvent],
      }),
    },
    "resumes nothing that still waits for another": {
      jobSet: { spec: depends("Complete"), status: statusOf([], { conditions: [suspendedAt(before)] }) },
      jobs: () => {
        const jobSet = makeJobSet({ spec: { ...depends("Complete"), suspend: true } });
        return ["a-0", "b-0", "c-0"].map((name) => makeChild(jobSet, name));
      },
      plan: () => ({
        apply: ["a-0", "c-0"].map(resumption),
        status: statusOf(
          ["c", "b", "a"].map((name) => counts(name, { suspended: 1 })),
          { conditions: [resumedNow] },
        ),
        events: [event("Normal", "ResumeJobs", "jobset is resumed")],
      }),
    },
    "skips what waits for another to be ready, and goes on behind it": {
      jobSet: { spec: depends("Ready") },
      plan: created(["a-0", "c-0"], [counts("c"), counts("b"), counts("a")]),
    },
    "creates what waited for ready": {
      jobSet: { spec: depends("Ready") },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", running), makeChild(jobSet, "c-0", pending)],
      plan: created(["b-0"], [counts("c", { active: 1 }), counts("b"), counts("a", { active: 1, ready: 1 })]),
    },
    "does not take ready for complete": {
      jobSet: {
        spec: depends("Complete"),
        status: statusOf([counts("c", { active: 1 }), counts("b"), counts("a", { active: 1, ready: 1 })]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", running), makeChild(jobSet, "c-0", pending)],
      plan: created([], [counts("c", { active: 1 }), counts("b"), counts("a", { active: 1, ready: 1 })]),
    },
    "creates what waited for complete": {
      jobSet: { spec: depends("Complete") },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "c-0", pending)],
      plan: created(["b-0"], [counts("c", { active: 1 }), counts("b"), counts("a", { succeeded: 1 })]),
    },
    "keeps dependencies while suspended": {
      jobSet: {
        spec: { ...depends("Ready"), suspend: true },
        status: statusOf([], { conditions: [suspendedAt(before)] }),
      },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "a-0"), creationOf(jobSet, "c-0")],
        status: statusOf([counts("c"), counts("b"), counts("a")], { conditions: [suspendedAt(before)] }),
      }),
    },
    "takes a dependency without replicas as met": {
      jobSet: {
        spec: {
          replicatedJobs: [
            makeReplicatedJob("a", { replicas: 0 }),
            makeReplicatedJob("b", { dependsOn: [{ name: "a", status: "Complete" }] }),
          ],
        },
      },
      plan: created(["b-0"], [counts("b"), counts("a")]),
    },
  });
});
