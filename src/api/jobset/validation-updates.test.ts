/** Every rule of updates: these are the CRD's alone. */
import { describe, expect, it } from "vitest";
import type { JobSetGates } from "./crd-rules.ts";
import type { JobSetSpec, ReplicatedJob } from "./types.ts";
import { all, isServed, make, replicatedJob, two } from "./validation.test-support.ts";

interface Update {
  readonly before?: JobSetSpec;
  readonly after: JobSetSpec;
  readonly gates?: JobSetGates;
  readonly refused?: true;
}

const pod = (more: object, container: object = {}) => ({
  replicatedJobs: [
    replicatedJob(
      "a",
      {},
      { template: { spec: { containers: [{ name: "main", image: "busybox", ...container }], ...more } } },
    ),
  ],
});
const scaled = (parallelism: number, completions = parallelism) => ({
  replicatedJobs: [replicatedJob("a", {}, { parallelism, completions })],
});
const waiting: Partial<ReplicatedJob> = { dependsOn: [{ name: "a", status: "Ready" }] };
const claimOf = (template: object): JobSetSpec => ({
  volumeClaimPolicies: [{ templates: [{ metadata: { name: "data" }, ...template }] }],
});
/** One to be scaled, and behind it those that never can be. */
const among = (parallelism: number): JobSetSpec => ({
  replicatedJobs: [
    ...(scaled(parallelism).replicatedJobs ?? []),
    replicatedJob("b", {}, { completionMode: "NonIndexed", completions: undefined }),
    replicatedJob("c", {}, { parallelism: 1, completions: 4 }),
    replicatedJob("d", {}, { parallelism: undefined, completions: undefined }),
  ],
});

const updates: Readonly<Record<string, Update>> = {
  "takes no change": { after: pod({}) },
  "refuses another image": { after: pod({}, { image: "other" }), refused: true },
  "refuses other arguments": { after: pod({}, { args: ["x"] }), refused: true },
  "takes another environment, which no rule reads": { after: pod({}, { env: [{ name: "A", value: "1" }] }) },
  "takes what Go clients fill in and leave out": {
    before: pod({ tolerations: [] }, { args: [] }),
    after: pod({}, { resources: {} }),
  },
  "takes the empty name that Go clients send with a rule": {
    before: { ...pod({}), failurePolicy: { rules: [{ action: "FailJobSet" }] } },
    after: { ...pod({}), failurePolicy: { rules: [{ name: "", action: "FailJobSet" }] } },
  },
  "takes the absence of a zero that Go clients leave out": {
    before: { ...pod({}), failurePolicy: { maxRestarts: 0 } },
    after: { ...pod({}), failurePolicy: {} },
  },
  "takes the empty status and resources that Go clients send with a claim": {
    before: { ...pod({}), ...claimOf({ spec: { accessModes: ["ReadWriteOnce"] } }) },
    after: { ...pod({}), ...claimOf({ spec: { accessModes: ["ReadWriteOnce"], resources: {} }, status: {} }) },
  },
  "takes the empty spec of a claim": {
    before: { ...pod({}), ...claimOf({}) },
    after: { ...pod({}), ...claimOf({ spec: { resources: {} }, status: {} }) },
  },
  "refuses another claim": {
    before: { ...pod({}), ...claimOf({ spec: { accessModes: ["ReadWriteOnce"] } }) },
    after: { ...pod({}), ...claimOf({ spec: { accessModes: ["ReadWriteMany"] } }) },
    refused: true,
  },
  "refuses to wait for another from now on": {
    before: { replicatedJobs: two },
    after: { replicatedJobs: [replicatedJob("a"), replicatedJob("b", waiting)] },
    refused: true,
  },
  "refuses to wait for another no longer": {
    before: { replicatedJobs: [replicatedJob("a"), replicatedJob("b", waiting)] },
    after: { replicatedJobs: two },
    refused: true,
  },
  "takes an empty list of those to wait for": {
    before: { replicatedJobs: two },
    after: { replicatedJobs: [replicatedJob("a"), replicatedJob("b", { dependsOn: [] })] },
  },
  "refuses init containers that were not there": {
    after: pod({ initContainers: [{ name: "first" }] }),
    refused: true,
  },
  "takes a quantity written otherwise": {
    before: pod({}, { resources: { limits: { cpu: "1000m" } } }),
    after: pod({}, { resources: { limits: { cpu: 1 } } }),
  },
  "refuses another container": {
    after: pod({ containers: [{ name: "main", image: "busybox" }, { name: "more" }] }),
    refused: true,
  },
  "refuses other replicas": {
    before: { replicatedJobs: two },
    after: { replicatedJobs: [replicatedJob("a", { replicas: 2 }), replicatedJob("b")] },
    refused: true,
  },
  "refuses another order": {
    before: { replicatedJobs: two },
    after: { replicatedJobs: two.toReversed() },
    refused: true,
  },
  "refuses a replicated job less": {
    before: { replicatedJobs: two },
    after: { replicatedJobs: two.slice(0, 1) },
    refused: true,
  },
  "refuses placement while running": { after: pod({ nodeSelector: { zone: "a" } }), refused: true },
  "takes placement while suspended": { after: { ...pod({ nodeSelector: { zone: "a" } }), suspend: true } },
  "takes placement on resuming": {
    before: { ...pod({}), suspend: true },
    after: { ...pod({ tolerations: [{ key: "gpu" }], schedulingGates: [{ name: "g" }] }), suspend: false },
  },
  "refuses another image while suspended": { after: { ...pod({}, { image: "other" }), suspend: true }, refused: true },
  "refuses another manager": { after: { ...pod({}), managedBy: "acme.io/me" }, refused: true },
  "refuses another network": {
    before: { ...pod({}), network: { subdomain: "x" } },
    after: { ...pod({}), network: { subdomain: "y" } },
    refused: true,
  },
  "refuses another success policy": {
    before: { ...pod({}), successPolicy: { operator: "All" } },
    after: { ...pod({}), successPolicy: { operator: "Any" } },
    refused: true,
  },
  "refuses more restarts": {
    before: { ...pod({}), failurePolicy: { maxRestarts: 1 } },
    after: { ...pod({}), failurePolicy: { maxRestarts: 2 } },
    refused: true,
  },
  "takes a coordinator and a time to live": {
    after: { ...pod({}), coordinator: { replicatedJob: "a" }, ttlSecondsAfterFinished: 5 },
  },
  "refuses to grow without the gate": { before: scaled(1), after: scaled(2), refused: true },
  "grows with it": { before: scaled(1), after: scaled(2), gates: all },
  "grows beside replicated jobs that cannot": { before: among(1), after: among(2), gates: all },
  "refuses to grow what has no indexes": {
    before: { replicatedJobs: [replicatedJob("a", {}, { completionMode: "NonIndexed" })] },
    after: { replicatedJobs: [replicatedJob("a", {}, { completionMode: "NonIndexed", parallelism: 2 })] },
    gates: all,
    refused: true,
  },
  "refuses to shrink to nothing": { before: scaled(1), after: scaled(0), gates: all, refused: true },
  "refuses to grow apart": { before: scaled(1), after: scaled(2, 3), gates: all, refused: true },
};

describe("updating", () => {
  for (const [sentence, { before = pod({}), after, gates = {}, refused = false }] of Object.entries(updates)) {
    it(sentence, () => {
      expect(isServed(make(after), gates, make(before))).toBe(!refused);
    });
  }

  it("refuses to scale what has finished", () => {
    const done = {
      conditions: [
        {
          type: "Completed",
          status: "True" as const,
          reason: "x",
          message: "",
          lastTransitionTime: "2026-01-01T00:00:00Z",
        },
      ],
    };
    const old = { ...make(scaled(1)), status: done };
    expect(isServed({ ...make(scaled(2)), status: done }, all, old)).toBe(false);
    expect(isServed({ ...make({ ...scaled(1), ttlSecondsAfterFinished: 1 }), status: done }, all, old)).toBe(true);
  });
});
