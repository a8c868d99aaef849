import { describe, expect, it } from "vitest";
import type { JobSetGates } from "../../../api/jobset/crd-rules.ts";
import type { JobSet } from "../../../api/jobset/types.ts";
import {
  before,
  complete,
  conditionAt,
  counts,
  creationOf,
  deletionOf,
  event,
  failed,
  type Made,
  makeChild,
  makeJobSet,
  makeWorld,
  now,
  pending,
  running,
  statusOf,
  terminating,
} from "../model.test-support.ts";
import { planJobSet } from "../plan.ts";
import { rows, two } from "../plan.test-support.ts";

const policy = (failurePolicy: NonNullable<NonNullable<Made["spec"]>["failurePolicy"]>) => ({ ...two, failurePolicy });
const restartMessage = (action: string, job: string) =>
  `applying ${action} failure policy action (first failed job: js-${job})`;
const restarting = (action: string, reason: string, job = "a-0", at?: string) =>
  conditionAt("RestartingJobSet", "True", reason, restartMessage(action, job), at);
const reached = "jobset failed due to reaching max number of restarts (first failed job: js-a-0)";
const oneFailed = (jobSet: JobSet) => [makeChild(jobSet, "a-0", failed)];
const seen = [counts("b"), counts("a", { failed: 1 })];
const failure = (reason: string, message: string) => ({
  status: statusOf(seen, { conditions: [conditionAt("Failed", "True", reason, message)], terminalState: "Failed" }),
  events: [event("Warning", reason, message)],
  requeueAfterMs: 0,
});
const restart = (action: string, reason: string, more: object) => ({
  status: statusOf(seen, { conditions: [restarting(action, reason)], ...more }),
  events: [
    event("Warning", reason, restartMessage(action, "a-0")),
    event("Warning", `${action}FailurePolicyAction`, restartMessage(action, "a-0")),
  ],
  requeueAfterMs: 0,
});

describe("failing", () => {
  rows({
    "restarts by default, in the status first and with nothing deleted yet": {
      jobSet: { spec: policy({ maxRestarts: 1 }) },
      jobs: oneFailed,
      plan: () => restart("RestartJobSet", "DefaultFailurePolicy", { restarts: 1, restartsCountTowardsMax: 1 }),
    },
    "fails when restarts are used up": {
      jobSet: { spec: policy({ maxRestarts: 1 }), status: statusOf([], { restarts: 0, restartsCountTowardsMax: 1 }) },
      jobs: oneFailed,
      plan: () => {
        const { status, ...rest } = failure("ReachedMaxRestarts", reached);
        return { ...rest, status: { ...status, restartsCountTowardsMax: 1 } };
      },
    },
    "fails at once when none are allowed": {
      jobSet: { spec: policy({ maxRestarts: 0 }) },
      jobs: oneFailed,
      plan: () => failure("ReachedMaxRestarts", reached),
    },
    "takes negative maxRestarts for none": {
      jobSet: { spec: policy({ maxRestarts: -1 }) },
      jobs: oneFailed,
      plan: () => failure("ReachedMaxRestarts", reached),
    },
    "fails by a rule": {
      jobSet: { spec: policy({ maxRestarts: 9, rules: [{ action: "FailJobSet" }] }) },
      jobs: oneFailed,
      plan: () => failure("FailJobSetFailurePolicyAction", restartMessage("FailJobSet", "a-0")),
    },
    "restarts by a rule without a name": {
      jobSet: { spec: policy({ maxRestarts: 9, rules: [{ action: "RestartJobSet" }] }) },
      jobs: oneFailed,
      plan: () =>
        restart("RestartJobSet", "FailurePolicy_failurePolicyRule0", { restarts: 1, restartsCountTowardsMax: 1 }),
    },
    "restarts by a rule without counting": {
      jobSet: { spec: policy({ rules: [{ name: "host", action: "RestartJobSetAndIgnoreMaxRestarts" }] }) },
      jobs: oneFailed,
      plan: () => restart("RestartJobSetAndIgnoreMaxRestarts", "FailurePolicy_host", { restarts: 1 }),
    },
    "tells the action alone when the condition stays the same": {
      jobSet: {
        spec: policy({ maxRestarts: 9 }),
        status: statusOf([], {
          restarts: 0,
          conditions: [restarting("RestartJobSet", "DefaultFailurePolicy", "a-0", before)],
        }),
      },
      jobs: oneFailed,
      plan: () => ({
        status: statusOf(seen, {
          restarts: 1,
          restartsCountTowardsMax: 1,
          conditions: [restarting("RestartJobSet", "DefaultFailurePolicy", "a-0", before)],
        }),
        events: [event("Warning", "RestartJobSetFailurePolicyAction", restartMessage("RestartJobSet", "a-0"))],
        requeueAfterMs: 0,
      }),
    },
    "restarts while suspended": {
      jobSet: { spec: { ...policy({ maxRestarts: 1 }), suspend: true } },
      jobs: oneFailed,
      plan: () => restart("RestartJobSet", "DefaultFailurePolicy", { restarts: 1, restartsCountTowardsMax: 1 }),
    },
    "restarts one Job, behind the gate": {
      gates: { restartJob: true },
      jobSet: { spec: policy({ maxRestarts: 1, rules: [{ action: "RestartJob" }] }) },
      jobs: (jobSet) => [makeChild(jobSet, "b-1", failed, { restartJob: true })],
      plan: () => ({
        status: statusOf([
          counts("b", { failed: 1, jobRestarts: [0, 1, 0], jobRestartsCountTowardsMax: [0, 1, 0] }),
          counts("a"),
        ]),
        events: [event("Warning", "RestartJobFailurePolicyAction", restartMessage("RestartJob", "b-1"))],
        requeueAfterMs: 0,
      }),
    },
    "restarts one Job without counting": {
      gates: { restartJob: true },
      jobSet: { spec: policy({ rules: [{ action: "RestartJobAndIgnoreMaxRestarts" }] }) },
      jobs: (jobSet) => [makeChild(jobSet, "b-1", failed, { restartJob: true })],
      plan: () => ({
        status: statusOf([counts("b", { failed: 1, jobRestarts: [0, 1, 0] }), counts("a")]),
        events: [
          event(
            "Warning",
            "RestartJobAndIgnoreMaxRestartsFailurePolicyAction",
            restartMessage("RestartJobAndIgnoreMaxRestarts", "b-1"),
          ),
        ],
        requeueAfterMs: 0,
      }),
    },
    "counts restarts of single Jobs and of all together": {
      gates: { restartJob: true },
      jobSet: {
        spec: policy({ maxRestarts: 2, rules: [{ action: "RestartJobSet" }] }),
        status: statusOf(
          [counts("b", { jobRestarts: [1, 0, 0], jobRestartsCountTowardsMax: [1, 0, 0] }), counts("a")],
          { restartsCountTowardsMax: 1 },
        ),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", failed, { restartJob: true })],
      plan: () => ({
        ...failure("ReachedMaxRestarts", reached),
        status: statusOf(
          [counts("b", { jobRestarts: [1, 0, 0], jobRestartsCountTowardsMax: [1, 0, 0] }), counts("a", { failed: 1 })],
          {
            restartsCountTowardsMax: 1,
            conditions: [conditionAt("Failed", "True", "ReachedMaxRestarts", reached)],
            terminalState: "Failed",
          },
        ),
      }),
    },
  });

  it("refuses to restart one Job without the gate", () => {
    const jobSet = makeJobSet({ spec: policy({ maxRestarts: 1, rules: [{ action: "RestartJob" }] }) });
    expect(() => planJobSet(jobSet, makeWorld({ jobs: oneFailed(jobSet) }), now, {})).toThrow(
      "feature gate RestartJob",
    );
  });
});

const attempt = (restarts: number, strategy?: "BlockingRecreate"): Made => ({
  spec: policy({ maxRestarts: 9, ...(strategy && { restartStrategy: strategy }) }),
  status: statusOf([counts("b"), counts("a")], { restarts }),
});
const old = makeJobSet(attempt(0));

describe("restarting", () => {
  rows({
    "deletes the Jobs of the attempt before, and waits for their names": {
      jobSet: attempt(1),
      jobs: () => ["a-0", "b-0", "b-1", "b-2"].map((name) => makeChild(old, name, pending)),
      plan: (jobSet) => ({ remove: ["a-0", "b-0", "b-1", "b-2"].map(deletionOf), status: jobSet.status }),
    },
    "makes the successor of each Job that is gone": {
      jobSet: attempt(1),
      jobs: () => [terminating(makeChild(old, "b-1", failed)), terminating(makeChild(old, "b-2", complete))],
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "a-0"), creationOf(jobSet, "b-0")], status: jobSet.status }),
    },
    "restarts again at once for a Job of this attempt that fails while the last one is being deleted": {
      jobSet: attempt(1),
      jobs: (jobSet) => [makeChild(jobSet, "a-0", failed), makeChild(old, "b-0", complete)],
      plan: () => ({
        remove: [deletionOf("b-0")],
        ...restart("RestartJobSet", "DefaultFailurePolicy", { restarts: 2, restartsCountTowardsMax: 1 }),
      }),
    },
    "does not reset the restarts of single Jobs": {
      gates: { restartJob: true },
      jobSet: {
        spec: policy({ maxRestarts: 9 }),
        status: statusOf([counts("b", { jobRestarts: [0, 2, 0] }), counts("a")]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", failed, { restartJob: true })],
      plan: () => ({
        ...restart("RestartJobSet", "DefaultFailurePolicy", {}),
        status: statusOf([counts("b", { jobRestarts: [0, 2, 0] }), counts("a", { failed: 1 })], {
          restarts: 1,
          restartsCountTowardsMax: 1,
          conditions: [restarting("RestartJobSet", "DefaultFailurePolicy")],
        }),
      }),
    },
    "makes none before all are gone, when blocking": {
      jobSet: attempt(1, "BlockingRecreate"),
      jobs: () => [terminating(makeChild(old, "b-1", failed))],
      plan: (jobSet) => ({ status: jobSet.status }),
    },
    "makes all when all are gone, when blocking": {
      jobSet: attempt(1, "BlockingRecreate"),
      plan: (jobSet) => ({
        apply: ["a-0", "b-0", "b-1", "b-2"].map((name) => creationOf(jobSet, name)),
        status: jobSet.status,
      }),
    },
    "is over when all Jobs are ready": {
      jobSet: {
        status: statusOf([], {
          restarts: 1,
          conditions: [restarting("RestartJobSet", "DefaultFailurePolicy", "a-0", before)],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({
        status: statusOf([counts("w", { active: 1, ready: 1 })], {
          restarts: 1,
          conditions: [conditionAt("RestartingJobSet", "False", "JobsReady", "all jobs are ready")],
        }),
        events: [event("Normal", "JobsReady", "all jobs are ready")],
      }),
    },
    "takes Jobs of a later attempt than the status knows for current": {
      jobSet: { status: statusOf([]) },
      jobs: () => [makeChild(makeJobSet({ status: { restarts: 5 } }), "w-0", running)],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "deletes a Job restarted on its own, behind the gate": {
      gates: { restartJob: true },
      jobSet: { status: statusOf([counts("w", { failed: 1, jobRestarts: [1] })]) },
      jobs: () => [makeChild(makeJobSet(), "w-0", failed, { restartJob: true })],
      plan: () => ({ remove: [deletionOf("w-0")], status: statusOf([counts("w", { jobRestarts: [1] })]) }),
    },
  });

  it.each<[string, Readonly<Record<string, string>>, JobSetGates, string]>([
    ["an attempt that is no number", { "jobset.sigs.k8s.io/restart-attempt": "x" }, {}, "is not an integer"],
    [
      "an index that is no number, behind the gate",
      { "jobset.sigs.k8s.io/job-index": "x" },
      { restartJob: true },
      "is not an integer",
    ],
    [
      "a single attempt that is no number",
      { "jobset.sigs.k8s.io/job-restart-attempt": "x" },
      { restartJob: true },
      "is not an integer",
    ],
    ["an index out of range", { "jobset.sigs.k8s.io/job-index": "7" }, { restartJob: true }, "out of range"],
  ])("stops at a Job with %s", (_, labels, gates, message) => {
    const jobSet = makeJobSet({ status: statusOf([counts("w", { jobRestarts: [1] })]) });
    const job = makeChild(jobSet, "w-0");
    const tampered = { ...job, metadata: { ...job.metadata, labels: { ...job.metadata.labels, ...labels } } };
    expect(() => planJobSet(jobSet, makeWorld({ jobs: [tampered] }), now, gates)).toThrow(message);
  });
});
