/** Which objects a sleep is written on: those that have not ended. */
import { expect, test } from "vitest";
import { hasEnded } from "./note-sleep.ts";

const rows: Readonly<Record<string, readonly [status: object | undefined, ended: boolean]>> = {
  "an object without a status": [undefined, false],
  "a pod that runs": [{ phase: "Running" }, false],
  "a pod that failed": [{ phase: "Failed" }, true],
  "an experiment on its way": [{ state: "Processing" }, false],
  "a cancelled experiment": [{ state: "Cancelled" }, true],
  "a RayJob that runs": [{ jobDeploymentStatus: "Running" }, false],
  "a RayJob that is complete": [{ jobDeploymentStatus: "Complete" }, true],
  "a Job that is ending": [{ conditions: [{ type: "FailureTarget", status: "True" }] }, false],
  "a Job that failed": [{ conditions: [{ type: "Failed", status: "True" }] }, true],
  "a JobSet that is not complete": [{ conditions: [{ type: "Completed", status: "False" }] }, false],
};

test.each(Object.entries(rows))("%s", (_, [status, ended]) => {
  const object = { apiVersion: "v1", kind: "X", metadata: { name: "x" }, ...(status && { status }) };
  expect(hasEnded(object)).toBe(ended);
});
