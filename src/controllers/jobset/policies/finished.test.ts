import { describe } from "vitest";
import type { JobSet } from "../../../api/jobset/types.ts";
import {
  complete,
  counts,
  deletionOf,
  type Made,
  makeChild,
  makeJobSet,
  pending,
  statusOf,
  terminating,
} from "../model.test-support.ts";
import { completedNow, leader, rows } from "../plan.test-support.ts";

const ended = { ...completedNow, lastTransitionTime: "2026-01-01T00:59:00Z" };
const finished = (more: Partial<Made["spec"]> = {}): Made => ({
  spec: { ...leader, ...more },
  status: statusOf([counts("b", { active: 1 }), counts("a", { succeeded: 1 })], {
    conditions: [ended],
    terminalState: "Completed",
  }),
});
const leftover = (jobSet: JobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "b-0", pending)];

describe("having finished", () => {
  rows({
    "deletes what still runs, nothing else": {
      jobSet: finished(),
      jobs: leftover,
      plan: (jobSet) => ({ remove: [deletionOf("b-0")], status: jobSet.status }),
    },
    "does not ask twice": {
      jobSet: finished(),
      jobs: (jobSet) => leftover(jobSet).map((job) => (job.metadata.name === "js-b-0" ? terminating(job) : job)),
      plan: (jobSet) => ({ status: jobSet.status }),
    },
    "leaves Jobs of an earlier attempt alone": {
      jobSet: {
        spec: leader,
        status: statusOf([counts("b"), counts("a", { succeeded: 1 })], {
          restarts: 1,
          conditions: [ended],
          terminalState: "Completed",
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(makeJobSet({ spec: leader }), "b-0", pending)],
      plan: (jobSet) => ({ status: jobSet.status }),
    },
    "makes nothing anew": {
      jobSet: finished(),
      world: { hasService: false },
      plan: () => ({
        status: statusOf([counts("b"), counts("a")], { conditions: [ended], terminalState: "Completed" }),
      }),
    },
    "waits for the time to live": {
      jobSet: finished({ ttlSecondsAfterFinished: 100 }),
      jobs: leftover,
      plan: (jobSet) => ({ remove: [deletionOf("b-0")], status: jobSet.status, requeueAfterMs: 40_000 }),
    },
    "deletes itself after it": {
      jobSet: finished({ ttlSecondsAfterFinished: 60 }),
      jobs: (jobSet) => leftover(jobSet).slice(0, 1),
      plan: () => ({
        remove: [
          {
            target: {
              kind: {
                group: "jobset.x-k8s.io",
                version: "v1alpha2",
                kind: "JobSet",
                resource: "jobsets",
                namespaced: true,
              },
              namespace: "ns",
              name: "js",
              uid: "u1",
            },
            propagationPolicy: "Foreground",
          },
        ],
        status: statusOf([counts("b"), counts("a", { succeeded: 1 })], {
          conditions: [ended],
          terminalState: "Completed",
        }),
      }),
    },
  });
});
