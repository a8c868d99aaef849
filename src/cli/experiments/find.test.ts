import { expect, test } from "vitest";
import type { Experiment } from "../../api/experiment/types.ts";
import type { Pod } from "../../api/core/pod.ts";
import { nextMainPod, youngestFirst } from "./find.ts";

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

const ranked = (rank: number, name = `set-worker-${rank}-0-aaaaa`): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    labels: {
      "jobset.sigs.k8s.io/replicatedjob-name": "worker",
      "jobset.sigs.k8s.io/job-index": `${rank}`,
      "jobset.sigs.k8s.io/job-global-index": `${rank}`,
    },
  },
  spec: { containers: [] },
});

test.each([
  ["rank 0 of those there", undefined, [ranked(1), ranked(0)], 0],
  ["rank 0 when it comes after another", ranked(1), [ranked(0), ranked(1)], 0],
  ["rank 0 when only another is left", ranked(0), [ranked(1)], 0],
  ["the last one known when none is left", ranked(0), [], 0],
])("the main pod is %s", (_, earlier, pods, rank) => {
  expect(nextMainPod(earlier, pods)?.metadata.name).toBe(ranked(rank).metadata.name);
});

test("the main pod of another attempt takes the place of the earlier one", () => {
  const again = ranked(0, "set-worker-0-0-bbbbb");
  expect(nextMainPod(ranked(0), [again])?.metadata.name).toBe("set-worker-0-0-bbbbb");
});
