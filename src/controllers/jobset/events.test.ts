import { expect, it } from "vitest";
import { failureOf, successOf } from "../../runtime/noun.ts";
import { claimNoun, jobNoun, serviceNoun, tellAction } from "./events.ts";

const written = { namespace: "ns", name: "js-w-0" };
const warning = (reason: string, message: string) => ({ type: "Warning", reason, message, action: "Reconciling" });

it.each([
  ["a Job", jobNoun, warning("JobCreationFailed", "job js-w-0 creation failed")],
  ["a Service", serviceNoun, warning("HeadlessServiceCreationFailed", "headless service js-w-0 creation failed")],
  ["a claim", claimNoun, warning("PVCCreationFailed", "PVC js-w-0 creation failed")],
])("tells of %s that could not be created, and of no other", (_, noun, event) => {
  expect(failureOf(noun, "Create", written)).toEqual(event);
  expect(successOf(noun, "Create", written)).toBeUndefined();
});

it("tells of the action that a failure policy applies", () => {
  const event = warning("RestartJobFailurePolicyAction", "why");
  expect(tellAction("RestartJob", "why")).toEqual({ do: "tell", event });
});
