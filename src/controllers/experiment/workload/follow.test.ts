/** What an experiment makes of a workload that does not get on: crash loops, time-outs, attempts. */
import { describe, expect, test } from "vitest";
import type { Pod } from "../../../api/core/pod.ts";
import { foreignReason } from "../../../api/experiment/reasons.ts";
import type { Experiment, ExperimentStatus } from "../../../api/experiment/types.ts";
import type { Plan } from "../../../runtime/plan.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { createExperimentController } from "../controller.ts";
import { loggedPod } from "../diagnosis/inspection.ts";
import type { Inspection } from "../actions.ts";
import type { World } from "../observe.ts";
import type { RayJobLike } from "./outcome.ts";
import { planExperiment } from "../plan.ts";
import { enterStep } from "../status.ts";

const start = new Date("2026-01-01T00:00:00Z");
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const name = "experiment-6f4a850d-2281";
const submitted: ExperimentStatus = {
  ...enterStep({ state: "Processing", startTime: "2026-01-01T00:00:00Z" }, "Submitting", start),
  workload: { apiVersion: "ray.io/v1", kind: "RayJob", name },
};
const experiment = (status: ExperimentStatus): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name, namespace: "default", uid: "u", generation: 1 },
  spec: { manifest: "" },
  status,
});
const rayJob = (status: RayJobLike["status"], spec: RayJobLike["spec"] = {}): RayJobLike => ({
  apiVersion: "ray.io/v1",
  kind: "RayJob",
  metadata: { name, namespace: "default", uid: "r" },
  spec,
  status,
});
const spec = createExperimentController({ platform: {} });
const follow = (world: Partial<World>, before = submitted, now = at(10)): Plan<ExperimentStatus> =>
  checkedPlan(spec, planExperiment, experiment(before), { failures: [], ...world }, now, {
    platform: {},
    builds: true,
    examines: true,
  });

const pod = (state: object, restartCount = 0): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "head" },
  spec: { containers: [{ name: "ray-head" }] },
  status: {
    phase: "Running",
    containerStatuses: [{ name: "ray-head", image: "", imageID: "", ready: false, restartCount, ...state }],
  },
});
const end = { terminated: { exitCode: 1, message: "Traceback\nCannot include dashboard" } };
const looping = pod({ state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: end }, 2);
const initializing = rayJob({ jobDeploymentStatus: "Initializing" });

describe("a container that ends again and again", () => {
  const message =
    "container ray-head of pod head terminated with exit code 1, 3 times before the command started, last lines:\nTraceback\nCannot include dashboard";

  test("before the command could start ends the experiment, and its workload, with the last lines", () => {
    const { status, apply, events } = follow({ rayJob: initializing, pods: [looping] });
    expect(apply[0]?.target).toMatchObject({ kind: "RayJob", spec: { suspend: true } });
    expect(status).toMatchObject({ state: "Failed", step: "Finished", reason: "CrashLoop", message });
    expect(events).toMatchObject([{ type: "Warning", reason: "ExperimentFailed", message: `CrashLoop: ${message}` }]);
  });

  test("ends it only once the workload has been stopped", () => {
    const failures = [{ verb: "Update", reason: "Error", message: "no connection" }] as const;
    const { status, apply } = follow({ rayJob: initializing, pods: [looping], failures });
    expect(apply).toHaveLength(1);
    expect(status).toMatchObject({ state: "Processing", reason: "CrashLoop" });
  });

  test("is left to its workload while the command runs", () => {
    const { status, apply } = follow({ rayJob: rayJob({ jobDeploymentStatus: "Running" }), pods: [looping] });
    expect(apply).toEqual([]);
    expect(status).toMatchObject({ state: "Processing", step: "Running" });
    expect(status).not.toHaveProperty("reason");
  });
});

describe("what it waits for", () => {
  const unplaced: Pod = {
    ...looping,
    status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", message: "Insufficient cpu" }] },
  };
  const waits = { reason: "Unschedulable", message: "pod head: Insufficient cpu" };

  test("is in the status, and no longer once it goes on", () => {
    const { status } = follow({ rayJob: initializing, pods: [unplaced] });
    expect(status).toMatchObject({ state: "Processing", ...waits });
    expect(follow({ rayJob: initializing, pods: [] }, status).status).not.toHaveProperty("reason");
  });

  const late = rayJob(
    { jobDeploymentStatus: "Failed", reason: "DeadlineExceeded", startTime: "2026-01-01T00:00:00Z" },
    { activeDeadlineSeconds: 60 },
  );
  const inspect = (value: Inspection, when = at(57)): World["inspection"] => ({
    question: { uid: "r", at: "" },
    at: when,
    outcome: { ok: true, value },
  });
  const log = { pod: "p-0", container: "main", lines: ["epoch 1", "epoch 2"] };
  const running = enterStep(submitted, "Running", at(5));
  test.each<[string, Partial<World>, ExperimentStatus, string]>([
    ["the time alone, when nothing else is known", {}, running, "exceeded its timeout of 60 s"],
    [
      "what the status told last",
      {},
      { ...submitted, ...waits },
      "exceeded its timeout of 60 s; it had been waiting (Unschedulable): pod head: Insufficient cpu",
    ],
    [
      "what the last look found",
      { inspection: inspect({ wait: { reason: foreignReason("ErrImagePull"), message: "pod w: not found" } }) },
      submitted,
      "exceeded its timeout of 60 s; it had been waiting (ErrImagePull): pod w: not found",
    ],
    [
      "the last lines of the log, when it ran",
      { inspection: inspect({ log }) },
      running,
      "exceeded its timeout of 60 s (log of container main of pod p-0), last lines:\nepoch 1\nepoch 2",
    ],
    [
      "nothing of an earlier attempt",
      { inspection: inspect({ log }, at(-1)) },
      running,
      "exceeded its timeout of 60 s",
    ],
  ])("is kept by a time-out: %s", (_, world, before, message) => {
    const { status } = follow({ rayJob: late, ...world }, before, at(60));
    expect(status).toMatchObject({ state: "Failed", reason: "Timeout", message });
  });

  test.each<[string, number, number | undefined]>([
    ["is waited for", 10, 47_000],
    ["is taken shortly before the end", 57, undefined],
  ])("the last look %s", (_, seconds, requeueAfterMs) => {
    const job = rayJob(
      { jobDeploymentStatus: "Running", startTime: "2026-01-01T00:00:00Z" },
      { activeDeadlineSeconds: 60 },
    );
    const plan = follow({ rayJob: job }, running, at(seconds));
    expect(plan.requeueAfterMs).toBe(requeueAfterMs);
    const action = { action: "Inspect", question: { uid: "r", at: "2026-01-01T00:00:57.000Z" } };
    expect(plan.actions ?? []).toEqual(requeueAfterMs === undefined ? [action] : []);
  });

  test.each<[string, Pod, unknown]>([
    [
      "the submitter's",
      { ...pod({ state: { running: {} } }), spec: { containers: [{ name: "ray-job-submitter" }] } },
      { pod: "head", container: "ray-job-submitter" },
    ],
    [
      "rank 0's",
      {
        ...pod({ state: { running: {} } }),
        metadata: { name: "x-0", labels: { "jobset.sigs.k8s.io/job-global-index": "0" } },
      },
      { pod: "x-0", container: "ray-head" },
    ],
    ["none, of pods that have not started", pod({ state: { waiting: {} } }), undefined],
  ])("the log that is kept is %s", (_, one, wanted) => expect(loggedPod([one])).toEqual(wanted));
});

describe("attempts", () => {
  const spec = { backoffLimit: 2 };
  const retrying = rayJob({ jobDeploymentStatus: "Retrying", failed: 1, message: "exit code 3" }, spec);

  test("the first of several is counted, without a word", () => {
    const { status, events } = follow({ rayJob: rayJob({ jobDeploymentStatus: "Initializing" }, spec) });
    expect(status).toMatchObject({ attempt: 1, maxAttempts: 3 });
    expect(events).toEqual([]);
  });

  test("a second one is announced once, with how the first failed", () => {
    const first = follow({ rayJob: retrying });
    expect(first.status).toMatchObject({ attempt: 2, maxAttempts: 3, lastFailure: "exit code 3" });
    expect(first.events).toEqual([
      {
        type: "Warning",
        reason: "ExperimentRetrying",
        action: "Retry",
        message: "Attempt 1 of 3 failed, starting attempt 2: exit code 3",
      },
    ]);
    const next = follow({ rayJob: rayJob({ jobDeploymentStatus: "Initializing", failed: 1 }, spec) }, first.status);
    expect(next.status).toMatchObject({ attempt: 2, lastFailure: "exit code 3" });
    expect(next.events).toEqual([]);
  });

  test("a failure says which of them it was", () => {
    const failed = rayJob(
      { jobDeploymentStatus: "Failed", failed: 3, reason: "AppFailed", message: "exit code 3" },
      spec,
    );
    expect(follow({ rayJob: failed }, { ...submitted, attempt: 3, maxAttempts: 3 }).status).toMatchObject({
      reason: "CommandFailed",
      message: "attempt 3 of 3: exit code 3",
    });
  });

  test("a JobSet's restarts are counted, too", () => {
    const jobSet = {
      apiVersion: "jobset.x-k8s.io/v1alpha2",
      kind: "JobSet",
      metadata: { name, namespace: "default" },
      spec: { failurePolicy: { maxRestarts: 1 }, replicatedJobs: [] },
      status: { restarts: 1 },
    };
    const { status, events } = follow({ jobSet });
    expect(status).toMatchObject({ attempt: 2, maxAttempts: 2 });
    expect(events).toMatchObject([{ message: "Attempt 1 of 2 failed, starting attempt 2" }]);
  });
});
