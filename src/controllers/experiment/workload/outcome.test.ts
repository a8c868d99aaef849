/** A RayJob that was lost is told apart from one whose command failed, a JobSet out of time from one that failed. */
import { describe, expect, test } from "vitest";
import { jobSetOutcome, type RayJobLike, rayJobOutcome } from "./outcome.ts";

const outcome = (status: RayJobLike["status"]) =>
  rayJobOutcome({ apiVersion: "ray.io/v1", kind: "RayJob", metadata: { name: "j" }, status });
const message = "Job submission has failed.";

describe("a RayJob that failed", () => {
  test.each(["SubmissionFailed", "AppFailed", "JobStatusCheckTimeoutExceeded"])(
    "by %s while its job ran: the job was lost",
    (reason) => {
      const found = outcome({ jobDeploymentStatus: "Failed", jobStatus: "RUNNING", reason, message });
      expect(found).toMatchObject({ phase: "Ended", end: { state: "Failed", reason: "RayJobLost" } });
      expect(found.phase === "Ended" && found.end.message).toMatch(/the Ray head .*Job submission has failed\.$/);
    },
  );

  test("before Ray had the job: the submission failed", () => {
    expect(outcome({ jobDeploymentStatus: "Failed", reason: "SubmissionFailed", message })).toEqual({
      phase: "Ended",
      end: { state: "Failed", reason: "SubmissionFailed", message },
    });
  });

  test("in a state that only a later operator knows: on its way", () => {
    const status = { jobDeploymentStatus: "Scheduled" } as unknown as RayJobLike["status"];
    expect(outcome(status)).toEqual({ phase: "Submitting" });
  });

  test("out of time while its job ran: the time was up", () => {
    const status = {
      jobDeploymentStatus: "Failed",
      jobStatus: "RUNNING",
      reason: "DeadlineExceeded",
      message,
    } as const;
    expect(outcome(status)).toMatchObject({ phase: "Ended", end: { state: "Failed", reason: "Timeout" } });
  });
});

describe("a JobSet that failed", () => {
  const condition = (reason: string, text: string) =>
    ({ type: "Failed", status: "True", reason, message: text, lastTransitionTime: "" }) as const;
  const jobSet = {
    apiVersion: "jobset.x-k8s.io/v1alpha2",
    kind: "JobSet",
    metadata: { name: "e" },
    status: { conditions: [condition("FailedJobs", "a Job failed")] },
  };
  const job = (reason: string) => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "e-a-0" },
    spec: { activeDeadlineSeconds: 60, template: { spec: { containers: [] } } },
    status: { conditions: [condition(reason, "")] },
  });

  test("out of time: how long it had", () => {
    const found = jobSetOutcome(jobSet, [job("BackoffLimitExceeded"), job("DeadlineExceeded")]);
    expect(found).toEqual({
      phase: "Ended",
      end: { state: "Failed", reason: "Timeout", message: "exceeded its timeout of 60 s" },
    });
  });

  test("by its command: in its own words", () => {
    const found = jobSetOutcome(jobSet, [job("BackoffLimitExceeded")]);
    expect(found).toEqual({
      phase: "Ended",
      end: { state: "Failed", reason: "FailedJobs", message: "a Job failed" },
    });
  });
});
