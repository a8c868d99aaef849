import { expect, test } from "vitest";
import type { Experiment } from "../api/experiment/types.ts";
import { youngestFirst } from "./experiments.ts";

const made = (name: string, second: number, resourceVersion: string, state?: "Succeeded"): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name, creationTimestamp: `2026-01-01T00:00:0${second}Z`, resourceVersion },
  spec: { manifest: "" },
  ...(state && { status: { state } }),
});

test.each([
  ["by their time", [made("old", 1, "9"), made("young", 2, "5")], ["young", "old"]],
  ["of one second, what goes on", [made("ended", 1, "9", "Succeeded"), made("goes on", 1, "5")], ["goes on", "ended"]],
  [
    "of two that ended, what was written last",
    [made("first", 1, "9", "Succeeded"), made("second", 1, "10", "Succeeded")],
    ["second", "first"],
  ],
])("experiments are listed %s", (_, experiments, names) => {
  expect(experiments.toSorted(youngestFirst).map(({ metadata }) => metadata.name)).toEqual(names);
});
