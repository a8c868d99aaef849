import { describe, expect, it } from "vitest";
import type { Pod } from "../../api/core/pod.ts";
import { inPlaceRestartAttemptAnnotation } from "../../api/jobset/labels.ts";
import { jobNoun } from "./events.ts";
import {
  before,
  childOf,
  complete,
  counts,
  creationOf,
  failedWith,
  makeChild,
  makeJobSet,
  makeReplicatedJob,
  makeWorld,
  now,
  pending,
  running,
  statusOf,
  terminating,
} from "./model.test-support.ts";
import { planJobSet } from "./plan.ts";
import { rows, service, two } from "./plan.test-support.ts";

const podAtAttempt = (attempt: string): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", annotations: { [inPlaceRestartAttemptAnnotation]: attempt } },
  spec: { containers: [] },
});

describe("starting", () => {
  rows({
    "does nothing when everything is as it should be": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "creates the Service, then all Jobs at once, and writes zeros from the last name to the first": {
      jobSet: { spec: two },
      world: { hasService: false },
      plan: (jobSet) => ({
        apply: [service, ...["a-0", "b-0", "b-1", "b-2"].map((name) => creationOf(jobSet, name))],
        status: statusOf([counts("b"), counts("a")]),
      }),
    },
    "waits with a first status that says nothing": {
      at: new Date("2026-01-01T00:00:00.500Z"),
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "w-0")], requeueAfterMs: 1_500 }),
    },
    "waits also with one that says no more than that the Jobs are there": {
      at: new Date("2026-01-01T00:00:00.500Z"),
      jobs: (jobSet) => [makeChild(jobSet, "w-0", pending)],
      plan: () => ({ requeueAfterMs: 1_500 }),
    },
    "but not for long": {
      at: new Date("2026-01-01T00:00:02.000Z"),
      jobs: (jobSet) => [makeChild(jobSet, "w-0", pending)],
      plan: () => ({ status: statusOf([counts("w", { active: 1 })]) }),
    },
    "does not wait when the first status says that they have got going": {
      at: new Date("2026-01-01T00:00:00.500Z"),
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "does not wait when agents in the pods wait for the first status": {
      gates: { inPlaceRestart: true },
      at: new Date("2026-01-01T00:00:00.500Z"),
      jobSet: { spec: { failurePolicy: { restartStrategy: "InPlaceRestart" } } },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", pending)],
      world: { pods: [podAtAttempt("0")] },
      plan: () => ({ status: statusOf([counts("w", { active: 1 })], { currentInPlaceRestartAttempt: 0 }) }),
    },
    "tells of the first ten creations of a replicated job only": {
      jobSet: { spec: { replicatedJobs: [makeReplicatedJob("w", { replicas: 11 })] }, status: statusOf([]) },
      plan: (jobSet) => {
        const creations = Array.from({ length: 11 }, (_, index) => creationOf(jobSet, `w-${index}`));
        const { as: _, ...untold } = creations[10] as ReturnType<typeof creationOf>;
        return { apply: [...creations.slice(0, 10), untold], status: statusOf([counts("w")]) };
      },
    },
    "makes no Service without host names": {
      jobSet: { spec: { network: { enableDNSHostnames: false } }, status: statusOf([counts("w")]) },
      world: { hasService: false },
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "w-0")], status: statusOf([counts("w")]) }),
    },
    "names the Service after the subdomain": {
      jobSet: {
        spec: { network: { subdomain: "net", publishNotReadyAddresses: false } },
        status: statusOf([counts("w", { active: 1, ready: 1 })]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      world: { hasService: false },
      plan: () => ({
        apply: [
          {
            ...service,
            target: {
              ...service.target,
              metadata: { ...service.target.metadata, name: "net" },
              spec: { ...service.target.spec, publishNotReadyAddresses: false },
            },
          },
        ],
        status: statusOf([counts("w", { active: 1, ready: 1 })]),
      }),
    },
    "makes a Job anew that is gone, even one that had succeeded": {
      jobSet: {
        spec: { replicatedJobs: [makeReplicatedJob("w", { replicas: 2 })] },
        status: statusOf([counts("w", { succeeded: 2 })]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", complete)],
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "w-1")], status: statusOf([counts("w", { succeeded: 1 })]) }),
    },
    "counts a Job that is terminating where it was": {
      jobSet: { status: statusOf([]) },
      jobs: (jobSet) => [terminating(makeChild(jobSet, "w-0", running))],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "says nothing new of a Job whose pods have ended and are being counted": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", { ready: 0, uncountedTerminatedPods: { succeeded: ["pod-uid"] } })],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "counts no Job as active before the Job controller has made its pods": {
      jobSet: { status: statusOf([counts("w")]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", {})],
      plan: (jobSet) => ({ status: jobSet.status }),
    },
    "says nothing new of a Job that is about to complete": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: (jobSet) => [
        makeChild(jobSet, "w-0", { succeeded: 1, conditions: [{ type: "SuccessCriteriaMet", status: "True" }] }),
      ],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "says nothing new of a Job whose pods were unready in the end, before it completes": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 0 })]) },
      jobs: (jobSet) => [
        makeChild(jobSet, "w-0", { succeeded: 1, conditions: [{ type: "SuccessCriteriaMet", status: "True" }] }),
      ],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 0 })]) }),
    },
    "never completes without replicas": {
      jobSet: { spec: { replicatedJobs: [makeReplicatedJob("w", { replicas: 0 })] }, status: statusOf([counts("w")]) },
      plan: () => ({ status: statusOf([counts("w")]) }),
    },
    "takes a Job for ready that has as many pods ready or done as can run at once": {
      jobSet: {
        spec: {
          replicatedJobs: [
            makeReplicatedJob("a", {}, { parallelism: 4, completions: 2 }),
            makeReplicatedJob("b", {}, { parallelism: 2, completions: 4 }),
            makeReplicatedJob("c", {}, { parallelism: 0, completions: undefined }),
          ],
        },
        status: statusOf([]),
      },
      jobs: (jobSet) => [
        makeChild(jobSet, "a-0", { active: 1, ready: 1, succeeded: 1, startTime: before }),
        makeChild(jobSet, "b-0", { active: 2, ready: 1, startTime: before }),
        makeChild(jobSet, "c-0", { startTime: before }),
      ],
      plan: () => ({
        status: statusOf([counts("c", { ready: 1 }), counts("b", { active: 1 }), counts("a", { active: 1, ready: 1 })]),
      }),
    },
    "counts no Job of a replicated job that it does not know": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running), makeChild(makeJobSet({ spec: two }), "b-0", running)],
      plan: ({ status }) => ({ status }),
    },
    "forgets the restarts of single Jobs when the gate is off": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1, jobRestarts: [1] })]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "keeps status fields that it does not know": {
      jobSet: { status: { ...statusOf([counts("w", { active: 1, ready: 1 })]), executionAttempts: 4 } as never },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({ status: { ...statusOf([counts("w", { active: 1, ready: 1 })]), executionAttempts: 4 } }),
    },
    "writes counters only, and tells nothing, while a write has failed": {
      jobSet: { spec: { suspend: true } },
      world: { failures: [{ verb: "Create", noun: jobNoun, reason: "FailedCreateJob", message: "refused" }] },
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "w-0")], status: statusOf([counts("w")]) }),
    },
  });
});

it("depends on no order of the caches", () => {
  const jobSet = makeJobSet({ spec: { ...two, failurePolicy: { maxRestarts: 3 } } });
  const jobs = ["b-2", "a-0", "b-0"].map((name) => makeChild(jobSet, name, failedWith()));
  const plan = planJobSet(jobSet, makeWorld({ jobs }), now, {});
  expect(plan).toEqual(planJobSet(jobSet, makeWorld({ jobs: jobs.toReversed() }), now, {}));
  expect(childOf(jobSet, "a").metadata.name).toBe("js-a-0");
});
