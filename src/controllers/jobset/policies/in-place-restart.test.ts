import { expect, it } from "vitest";
import type { Pod } from "../../../api/core/pod.ts";
import { inPlaceRestartAttemptAnnotation } from "../../../api/jobset/labels.ts";
import type { JobSetStatus } from "../../../api/jobset/types.ts";
import { planInPlaceRestart } from "./in-place-restart.ts";
import { makeJobSet, makeReplicatedJob, makeWorld } from "../model.test-support.ts";
import { type PolicySteps, setFields } from "../policy-steps.ts";
import { viewJobSet } from "../view.ts";

const pod = (attempt?: string, more: Partial<NonNullable<Pod["status"]>> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "p",
    ...(attempt !== undefined && { annotations: { [inPlaceRestartAttemptAnnotation]: attempt } }),
  },
  spec: { containers: [] },
  status: { phase: "Running", ...more },
});
const restarted = (restartCount: number) => ({
  containerStatuses: [{ name: "c", image: "", imageID: "", ready: true, restartCount }],
});

interface Row {
  readonly pods: readonly Pod[];
  readonly status?: JobSetStatus;
  readonly decides: PolicySteps;
}

const failed = [
  {
    do: "condition",
    type: "Failed",
    status: "True",
    reason: "ReachedMaxRestarts",
    message: "jobset failed due to reaching max number of restarts",
  },
  { do: "condition", type: "RestartingJobSet", status: "False", reason: "JobSetFailed", message: "jobset failed" },
  { do: "fields", fields: { terminalState: "Failed" } },
  { do: "requeue", afterMs: 0 },
] as const satisfies PolicySteps;

const rows: Readonly<Record<string, Row>> = {
  "nothing before any agent has spoken": { pods: [pod(), pod()], decides: [] },
  "nothing while the first attempt gathers": { pods: [pod("0"), pod()], decides: [] },
  "the barrier when all pods are at the same attempt": {
    pods: [pod("2"), pod("2")],
    decides: [setFields({ currentInPlaceRestartAttempt: 2 })],
  },
  "that older attempts are over when one pod is ahead": {
    pods: [pod("2"), pod("1")],
    decides: [setFields({ previousInPlaceRestartAttempt: 1 })],
  },
  "never fewer attempts over than before": {
    pods: [pod("1"), pod()],
    status: { previousInPlaceRestartAttempt: 3 },
    decides: [setFields({ previousInPlaceRestartAttempt: 3 })],
  },
  "without pods that have failed": {
    pods: [pod("2"), pod("2"), pod("9", { phase: "Failed" })],
    decides: [setFields({ currentInPlaceRestartAttempt: 2 })],
  },
  "failure when attempts are used up": { pods: [pod("4"), pod("3")], decides: failed },
  "attempts without those of restarts that do not count": {
    pods: [pod("4"), pod("4")],
    status: { restarts: 1 },
    decides: [setFields({ currentInPlaceRestartAttempt: 4 })],
  },
  "failure when a container has restarted too often": { pods: [pod("0", restarted(4)), pod("0")], decides: failed },
};

const spec = (restartStrategy: "InPlaceRestart" | "Recreate", completions = 2) => ({
  failurePolicy: { maxRestarts: 3, restartStrategy },
  replicatedJobs: [makeReplicatedJob("w", {}, { parallelism: 2, completions })],
});
const gates = { inPlaceRestart: true };

for (const [sentence, { pods, status, decides }] of Object.entries(rows)) {
  it(`decides ${sentence}`, () => {
    const jobSet = makeJobSet({ spec: spec("InPlaceRestart"), ...(status && { status }) });
    expect(planInPlaceRestart(viewJobSet(jobSet, makeWorld({ pods }), gates))).toEqual(decides);
  });
}

it("decides nothing without the gate or the strategy", () => {
  const world = makeWorld({ pods: [pod("9"), pod("9")] });
  expect(planInPlaceRestart(viewJobSet(makeJobSet({ spec: spec("InPlaceRestart") }), world, {}))).toEqual([]);
  expect(planInPlaceRestart(viewJobSet(makeJobSet({ spec: spec("Recreate") }), world, gates))).toEqual([]);
});

it.each([
  ["an attempt that is no number", pod("x"), 2, "is no attempt"],
  ["a negative attempt", pod("-1"), 2, "is no attempt"],
  ["completions that differ from parallelism", pod("1"), 3, "completions equal to parallelism"],
])("stops at %s", (_, one, completions, message) => {
  const jobSet = makeJobSet({ spec: spec("InPlaceRestart", completions) });
  expect(() => planInPlaceRestart(viewJobSet(jobSet, makeWorld({ pods: [one] }), gates))).toThrow(message);
});
