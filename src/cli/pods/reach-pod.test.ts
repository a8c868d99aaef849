import { expect, test } from "vitest";
import type { Pod, PodPhase } from "../../api/core/pod.ts";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import { chooseContainer, choosePod, type PodFlags } from "./reach-pod.ts";

const experiment = (status: ExperimentStatus = { state: "Processing", step: "Running" }): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: "e" },
  spec: { manifest: "" },
  status,
});
const pod = (name: string, phase: PodPhase, labels: Record<string, string> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: { containers: [{ name: "main" }, { name: "other" }] },
  status: { phase },
});
const head = pod("h", "Running", { "ray.io/node-type": "head" });
const submitter = pod("s", "Running", { "ray.io/originated-from-crd": "RayJob" });
const rank = (index: number, phase: PodPhase) =>
  pod(`w${index}`, phase, {
    "jobset.sigs.k8s.io/replicatedjob-name": "worker",
    "jobset.sigs.k8s.io/job-index": String(index),
    "jobset.sigs.k8s.io/job-global-index": String(index),
  });

test.each<[string, Pod[], PodFlags, string]>([
  ["the Ray head before the submitter", [submitter, head], {}, "h"],
  ["rank 0 of an array", [rank(1, "Running"), rank(0, "Running")], {}, "w0"],
  ["the first that still runs when rank 0 has ended", [rank(0, "Succeeded"), rank(1, "Running")], {}, "w1"],
  ["the one that --rank names", [rank(0, "Running"), rank(1, "Running")], { rank: "1" }, "w1"],
  ["the one that --pod names", [submitter, head], { pod: "submitter" }, "s"],
])("reaches %s", (_, pods, flags, wanted) => {
  expect(choosePod(experiment(), pods, flags).metadata.name).toBe(wanted);
});

test.each<[string, Experiment, Pod[], PodFlags, { readonly code: string; readonly message: string }]>([
  [
    "an experiment that has ended",
    experiment({ state: "Failed", reason: "Timeout" }),
    [],
    {},
    { code: "EXPERIMENT_OVER", message: "e has ended (Failed: Timeout) and its pods no longer exist" },
  ],
  [
    "one whose pods are left",
    experiment({ state: "Succeeded", reason: "Completed" }),
    [rank(0, "Succeeded")],
    { rank: "0" },
    { code: "EXPERIMENT_OVER", message: "e has ended (Succeeded) and its pods no longer exist" },
  ],
  [
    "one that builds",
    experiment({ state: "Processing", step: "Building" }),
    [],
    {},
    { code: "NO_RUNNING_POD", message: "e has no running pod yet: it is in step Building" },
  ],
  [
    "one whose pods wait",
    experiment(),
    [rank(0, "Pending")],
    {},
    { code: "NO_RUNNING_POD", message: "e has no running pod yet: it is in step Running" },
  ],
  [
    "a pod that has ended",
    experiment(),
    [rank(0, "Failed"), rank(1, "Running")],
    { rank: "0" },
    { code: "POD_NOT_RUNNING", message: "pod w0 is not running: Failed" },
  ],
])("%s is told", (_, of, pods, flags, told) => {
  expect(() => choosePod(of, pods, flags)).toThrow(expect.objectContaining(told) as Error);
});

test("a container is the first, or the one named, which must be there", () => {
  expect(chooseContainer(head, undefined)).toBe("main");
  expect(chooseContainer(head, "other")).toBe("other");
  expect(() => chooseContainer(head, "mian")).toThrow('pod h has no container "mian"');
});
