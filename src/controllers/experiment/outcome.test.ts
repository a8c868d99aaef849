/** A RayJob that was lost is told apart from one whose command failed. */
import { describe, expect, test } from "vitest";
import { type RayJobLike, rayJobOutcome } from "./outcome.ts";

const outcome = (status: RayJobLike["status"]) =>
  rayJobOutcome({ apiVersion: "ray.io/v1", kind: "RayJob", metadata: { name: "j" }, status });
const message = "Job submission has failed.";

describe("a RayJob that failed", () => {
  test.each(["SubmissionFailed", "AppFailed", "JobStatusCheckTimeoutExceeded"])(
    "by %s while its job ran: the job was lost",
    (reason) => {
      const found = outcome({ jobDeploymentStatus: "Failed", jobStatus: "RUNNING", reason, message });
      expect(found).toMatchObject({ phase: "Failed", reason: "RayJobLost" });
      expect(found.phase === "Failed" && found.message).toMatch(/the Ray head .*Job submission has failed\.$/);
    },
  );

  test("before Ray had the job: the submission failed", () => {
    expect(outcome({ jobDeploymentStatus: "Failed", reason: "SubmissionFailed", message })).toEqual({
      phase: "Failed",
      reason: "SubmissionFailed",
      message,
    });
  });

  test("out of time while its job ran: the time was up", () => {
    const status = { jobDeploymentStatus: "Failed", jobStatus: "RUNNING", reason: "DeadlineExceeded", message };
    expect(outcome(status)).toMatchObject({ phase: "Failed", reason: "Timeout" });
  });
});
