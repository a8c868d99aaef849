import { expect, test } from "vitest";
import { failureOf, successOf } from "../../runtime/noun.ts";
import { ended, workloadNoun } from "./events.ts";

const written = { namespace: "team", name: "experiment-1" };

test.each(["RayJob", "JobSet"])("a %s that was created, or refused", (kind) => {
  const noun = workloadNoun({ kind });
  expect(successOf(noun, "Create", written)).toEqual({
    type: "Normal",
    reason: "ExperimentSubmitted",
    action: "Submit",
    message: `Created ${kind} experiment-1`,
  });
  expect(failureOf(noun, "Create", written)).toEqual({
    type: "Warning",
    reason: "FailedToSubmit",
    action: "Submit",
    message: `Cannot create ${kind}`,
  });
});

test.each([
  [ended({ state: "Succeeded", reason: "Completed", message: "x" }), "Normal", "The experiment succeeded"],
  [ended({ state: "Failed", reason: "Timeout", message: "late" }), "Warning", "Timeout: late"],
  [ended({ state: "Cancelled", reason: "JobStopped", message: "y" }), "Normal", "JobStopped: y"],
])("an end: %o", (event, type, message) => expect(event).toMatchObject({ type, message, action: "Finish" }));
