/** What JobSets may not be, and may not become: refused with the reasons. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobSetSpec } from "../../src/api/jobset/types.ts";
import { type JobSetBench, replicatedJob, startJobSetBench, Subject } from "./jobset-bench.ts";

let bench: JobSetBench;
beforeAll(async () => {
  bench = await startJobSetBench("jobset-refusals");
});
afterAll(() => bench?.stop());

describe("refuses", () => {
  const two = [replicatedJob("a"), replicatedJob("b")];
  const depending = (name: string) => [
    replicatedJob("a"),
    replicatedJob("b", { dependsOn: [{ name, status: "Ready" as const }] }),
    replicatedJob("c"),
  ];
  const rows: Readonly<Record<string, { readonly spec: JobSetSpec; readonly says: string; readonly name?: string }>> = {
    "a name that Jobs cannot begin with": { name: "1st", spec: { replicatedJobs: two }, says: "DNS-1035" },
    "names of Jobs that are too long": { name: "x".repeat(60), spec: { replicatedJobs: two }, says: "63 characters" },
    "names of pods that are too long": { name: "x".repeat(55), spec: { replicatedJobs: two }, says: "63 characters" },
    "dependsOn of the first": {
      spec: { replicatedJobs: [replicatedJob("a", { dependsOn: [{ name: "a", status: "Ready" }] })] },
      says: "first ReplicatedJob",
    },
    "dependsOn of what is not there": { spec: { replicatedJobs: depending("x") }, says: "dependsOn" },
    "dependsOn of what comes later": { spec: { replicatedJobs: depending("c") }, says: "dependsOn" },
    "dependsOn of itself": { spec: { replicatedJobs: depending("b") }, says: "dependsOn" },
    "dependsOn together with an order": {
      spec: { startupPolicy: { startupPolicyOrder: "InOrder" }, replicatedJobs: depending("a") },
      says: "mutually exclusive",
    },
    "unknown success targets": {
      spec: { successPolicy: { operator: "All", targetReplicatedJobs: ["x"] }, replicatedJobs: two },
      says: "successPolicy",
    },
    "unknown failure targets": {
      spec: { failurePolicy: { rules: [{ action: "FailJobSet", targetReplicatedJobs: ["x"] }] }, replicatedJobs: two },
      says: "failure policy rule",
    },
    "unknown failure reasons": {
      spec: { failurePolicy: { rules: [{ action: "FailJobSet", onJobFailureReasons: ["Bad"] }] }, replicatedJobs: two },
      says: "BackoffLimitExceeded",
    },
    "rules of the same name": {
      spec: {
        failurePolicy: {
          rules: [
            { name: "x", action: "FailJobSet" },
            { name: "x", action: "RestartJobSet" },
          ],
        },
        replicatedJobs: two,
      },
      says: "not unique",
    },
    "a coordinator that is not there": {
      spec: { coordinator: { replicatedJob: "a", podIndex: 1 }, replicatedJobs: two },
      says: "coordinator",
    },
    "a manager without a domain": { spec: { managedBy: "me", replicatedJobs: two }, says: "managedBy" },
    "a subdomain that is no Service": {
      spec: { network: { subdomain: "a.b" }, replicatedJobs: two },
      says: "subdomain",
    },
    "completions left out": {
      spec: { replicatedJobs: [replicatedJob("a", {}, { completions: undefined })] },
      says: "completions",
    },
    "pods that always restart": {
      spec: {
        replicatedJobs: [
          replicatedJob("a", {}, { template: { spec: { containers: [{ name: "main" }], restartPolicy: "Always" } } }),
        ],
      },
      says: "OnFailure",
    },
    "more pods than can be counted": {
      spec: { replicatedJobs: [replicatedJob("a", { replicas: 100_000 }, { parallelism: 100_000 })] },
      says: "2147483647",
    },
  };
  for (const [what, { spec, says, name = "bad" }] of Object.entries(rows)) {
    it(what, async () => {
      await expect(new Subject(bench, name).create(spec)).rejects.toThrow(says);
    });
  }
});

describe("an update", () => {
  let subject: Subject;
  beforeAll(async () => {
    subject = new Subject(bench, "fixed");
    await subject.create({
      failurePolicy: { maxRestarts: 1, rules: [{ action: "FailJobSet" }] },
      volumeClaimPolicies: [{ templates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }] }],
      replicatedJobs: [replicatedJob("a"), replicatedJob("b")],
    });
  });
  const pod = "/spec/replicatedJobs/0/template/spec/template/spec";
  const add = (path: string, value: unknown) => ({ op: "add", path, value });
  const refused: Readonly<Record<string, readonly object[]>> = {
    replicas: [add("/spec/replicatedJobs/0/replicas", 2)],
    "a replicated job less": [{ op: "remove", path: "/spec/replicatedJobs/1" }],
    "the order of replicated jobs": [{ op: "move", from: "/spec/replicatedJobs/1", path: "/spec/replicatedJobs/0" }],
    "an image": [add(`${pod}/containers/0/image`, "other")],
    "a command": [add(`${pod}/containers/0/command`, ["other"])],
    "arguments that were not there": [add(`${pod}/containers/0/args`, ["other"])],
    "parallelism apart from completions": [add("/spec/replicatedJobs/0/template/spec/parallelism", 2)],
    "placement while running": [add(`${pod}/nodeSelector`, { a: "b" })],
    "labels of the Job template, suspended": [
      add("/spec/suspend", true),
      add("/spec/replicatedJobs/0/template/metadata/labels", { a: "b" }),
    ],
    "what a replicated job waits for": [add("/spec/replicatedJobs/1/dependsOn", [{ name: "a", status: "Ready" }])],
    "init containers": [add(`${pod}/initContainers`, [{ name: "first", image: "none" }])],
    "how many restarts": [add("/spec/failurePolicy/maxRestarts", 2)],
    "what happens to claims": [add("/spec/volumeClaimPolicies/0/retentionPolicy/whenDeleted", "Retain")],
    "a manager": [add("/spec/managedBy", "example.com/other")],
    "the network": [add("/spec/network/publishNotReadyAddresses", false)],
    "the success policy": [add("/spec/successPolicy/operator", "Any")],
  };
  for (const [what, patch] of Object.entries(refused)) {
    it(`may not change ${what}`, async () => {
      await expect(subject.patch(patch, "json")).rejects.toThrow(/immutable|must be equal/);
    });
  }
  const accepted: Readonly<Record<string, readonly object[]>> = {
    "what Go clients fill in": [
      add(`${pod}/containers/0/resources`, {}),
      add("/spec/failurePolicy/rules/0/name", ""),
      add("/spec/volumeClaimPolicies/0/templates/0/spec/resources", {}),
      add("/spec/volumeClaimPolicies/0/templates/0/status", {}),
    ],
    "the time to live": [add("/spec/ttlSecondsAfterFinished", 60)],
    "the coordinator": [add("/spec/coordinator", { replicatedJob: "a" })],
    "placement while suspended": [add("/spec/suspend", true), add(`${pod}/nodeSelector`, { a: "b" })],
  };
  for (const [what, patch] of Object.entries(accepted)) {
    it(`may change ${what}`, async () => {
      expect((await subject.patch(patch, "json")).metadata.generation).toBeGreaterThan(1);
    });
  }
});
