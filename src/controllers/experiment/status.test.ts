/** The steps of an experiment. */
import { describe, expect, test } from "vitest";
import { later, now } from "./plan.test-support.ts";
import { enterStep, finish } from "./status.ts";

describe("steps", () => {
  test("entering a step twice changes nothing; going back is not possible", () => {
    const once = enterStep({}, "Building", now);
    expect(enterStep(once, "Building", later)).toBe(once);
    expect(enterStep(once, "Cloning", later)).toBe(once);
  });
  test("the step under way fails with the experiment", () => {
    const failed = finish(
      enterStep({}, "Running", now),
      { state: "Failed", reason: "CommandFailed", message: "why" },
      later,
    );
    expect(failed.steps?.find(({ name }) => name === "Running")).toMatchObject({
      state: "Failed",
      message: "why",
      endTime: "2026-01-01T00:01:00Z",
    });
  });
});
