/** How an experiment follows its workload to the end, over every attempt. */
import { describe, expect, test } from "vitest";
import type { World } from "./observe.ts";
import {
  empty,
  experiment,
  later,
  now,
  plan,
  planExperiment,
  rayJob,
  settings,
  submitted,
} from "./plan.test-support.ts";
import { enterStep, finish } from "./status.ts";
import type { RayJobLike } from "./workload/outcome.ts";

describe("following the workload", () => {
  test.each<[string, RayJobLike["status"], object]>([
    ["initializing", { jobDeploymentStatus: "Initializing" }, { state: "Processing", step: "Submitting" }],
    ["running", { jobDeploymentStatus: "Running" }, { state: "Processing", step: "Running" }],
    [
      "complete",
      { jobDeploymentStatus: "Complete", jobStatus: "SUCCEEDED" },
      { state: "Succeeded", reason: "Completed" },
    ],
    [
      "stopped in Ray",
      { jobDeploymentStatus: "Complete", jobStatus: "STOPPED" },
      { state: "Cancelled", reason: "JobStopped" },
    ],
    [
      "failed by the command",
      { jobDeploymentStatus: "Failed", jobStatus: "FAILED", reason: "AppFailed", message: "exit code 3" },
      { state: "Failed", reason: "CommandFailed", message: "exit code 3" },
    ],
    [
      "past its deadline",
      { jobDeploymentStatus: "Failed", reason: "DeadlineExceeded", message: "too long" },
      { state: "Failed", reason: "Timeout" },
    ],
  ])("%s", (_, status, wanted) => expect(plan(experiment({}, submitted), rayJob(status)).status).toMatchObject(wanted));

  test("cancelling suspends the workload, and ends when it is suspended", () => {
    const root = experiment({ cancelled: true }, submitted);
    const suspending = plan(root, rayJob({ jobDeploymentStatus: "Running" }));
    expect(suspending.apply[0]?.target).toMatchObject({ kind: "RayJob", spec: { suspend: true } });
    expect(suspending.status?.state).toBe("Processing");
    expect(plan(root, rayJob({ jobDeploymentStatus: "Suspended" })).status).toMatchObject({
      state: "Cancelled",
      reason: "Cancelled",
    });
  });

  test("a workload that is suspended from outside is told, and no longer once it goes on", () => {
    const { status } = plan(experiment({}, submitted), rayJob({ jobDeploymentStatus: "Suspended" }));
    expect(status).toMatchObject({ state: "Processing", reason: "Suspended" });
    const resumed = plan(experiment({}, status), rayJob({ jobDeploymentStatus: "Running" })).status;
    expect(resumed).toMatchObject({ state: "Processing", step: "Running" });
    expect(resumed).not.toHaveProperty("reason");
    expect(resumed).not.toHaveProperty("message");
  });

  describe("that may start again, and has run since the first attempt", () => {
    const root = experiment({}, enterStep(submitted, "Running", now));
    const world = (status: RayJobLike["status"], spec: object = { backoffLimit: 2, activeDeadlineSeconds: 60 }) => {
      const { rayJob: job } = rayJob(status);
      return { ...empty, rayJob: { ...job, spec } as RayJobLike };
    };
    const at = (seconds: number, status: RayJobLike["status"], spec?: object) =>
      planExperiment(root, world(status, spec), new Date(now.getTime() + seconds * 1000), settings);

    test("is requeued for when the time of all attempts is over", () => {
      expect(at(20, { jobDeploymentStatus: "Retrying" })).toMatchObject({ apply: [], requeueAfterMs: 40_000 });
    });

    test("counts from the reconcile that sees it run", () => {
      const { status, requeueAfterMs } = plan(experiment({}, submitted), world({ jobDeploymentStatus: "Running" }));
      expect([status?.step, requeueAfterMs]).toEqual(["Running", 60_000]);
    });

    test("is stopped then, whichever attempt it is, and has failed once it stands still", () => {
      expect(at(60, { jobDeploymentStatus: "Running" }).apply[0]?.target).toMatchObject({ spec: { suspend: true } });
      expect(at(61, { jobDeploymentStatus: "Suspended" }).status).toMatchObject({
        state: "Failed",
        reason: "Timeout",
        message: "all attempts together exceeded 60 s",
      });
    });

    test("has the time back in which the machine slept", () => {
      const { rayJob: job } = world({ jobDeploymentStatus: "Running" });
      const [from, to] = [1, 100].map((seconds) => new Date(now.getTime() + seconds * 1000).toISOString());
      const metadata = { ...job.metadata, annotations: { "windlass.dev/slept": `${from}/${to}` } };
      const plan = planExperiment(
        root,
        { ...empty, rayJob: { ...job, metadata } },
        new Date(now.getTime() + 119_000),
        settings,
      );
      expect(plan).toMatchObject({ apply: [], requeueAfterMs: 40_000 });
    });

    test("is left to its own deadline where there is but one attempt", () => {
      const once = at(99, { jobDeploymentStatus: "Running" }, { activeDeadlineSeconds: 60 });
      expect(once.apply).toEqual([]);
      expect(once).not.toHaveProperty("requeueAfterMs");
    });

    test("a JobSet's attempts are its restarts", () => {
      const template = { spec: { activeDeadlineSeconds: 60 } };
      const jobSet = {
        apiVersion: "jobset.x-k8s.io/v1alpha2",
        kind: "JobSet",
        metadata: { name: "experiment-6f4a850d-2281", namespace: "default" },
        spec: { failurePolicy: { maxRestarts: 1 }, replicatedJobs: [{ name: "a", template }] },
      };
      const { apply } = planExperiment(root, { ...empty, jobSet }, new Date(now.getTime() + 60_000), settings);
      expect(apply[0]?.target).toMatchObject({ kind: "JobSet", spec: { suspend: true } });
    });
  });

  test("a failed JobSet's pods are asked why before the experiment ends", () => {
    const metadata = { name: "experiment-6f4a850d-2281", namespace: "default", uid: "j", resourceVersion: "7" };
    const failed = {
      type: "Failed",
      status: "True" as const,
      reason: "FailedJobs",
      message: "a Job failed",
      lastTransitionTime: "",
    };
    const jobSet = {
      apiVersion: "jobset.x-k8s.io/v1alpha2",
      kind: "JobSet",
      metadata,
      status: { conditions: [failed] },
    };
    const ask = (world: Partial<World>) =>
      planExperiment(experiment({}, submitted), { failures: [], jobSet, ...world }, now, {
        ...settings,
        examines: true,
      });
    const question = { uid: "j", resourceVersion: "7" };
    const asked = ask({});
    expect(asked.actions).toEqual([{ action: "Examine", question }]);
    expect(asked.status?.state).toBe("Processing");
    const told = (outcome: NonNullable<World["postmortem"]>["outcome"]) =>
      ask({ postmortem: { question, at: now, outcome } }).status;
    const cause = { reason: "CommandFailed", message: "exit code 3" } as const;
    expect(told({ ok: true, value: cause })).toMatchObject({ state: "Failed", ...cause });
    const own = { state: "Failed", reason: "FailedJobs", message: "a Job failed" };
    expect(told({ ok: true, value: undefined })).toMatchObject(own);
    expect(told({ ok: false, error: "no answer" })).toMatchObject(own);
  });

  test("a workload that somebody deleted", () => {
    expect(plan(experiment({}, submitted)).status).toMatchObject({ state: "Failed", reason: "WorkloadDeleted" });
  });

  test("nothing to do once it has ended", () => {
    const ended = finish(submitted, { state: "Succeeded", reason: "Completed" }, later);
    expect(plan(experiment({}, ended), rayJob({ jobDeploymentStatus: "Running" }))).toEqual({
      apply: [],
      remove: [],
      events: [],
      status: ended,
    });
  });
});
