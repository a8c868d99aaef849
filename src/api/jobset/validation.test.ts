/** Every rule of admission of a new JobSet: as a function, and where the CRD can say it as what the API server answers. */
import { describe, expect, it } from "vitest";
import type { JobSetGates } from "./crd-rules.ts";
import { defaultJobSet } from "./defaults.ts";
import type { FailurePolicyRule, JobSetSpec } from "./types.ts";
import { validateJobSet } from "./validation.ts";
import { all, isServed, make, replicatedJob, two } from "./validation.test-support.ts";

const rule = (more: Partial<FailurePolicyRule>): JobSetSpec => ({
  replicatedJobs: two,
  failurePolicy: { rules: [{ action: "FailJobSet", ...more }] },
});
const mounting = (volumes: readonly { readonly name: string }[] = []) => {
  const container = { name: "main", volumeMounts: [{ name: "data", mountPath: "/data" }] };
  return [replicatedJob("a", {}, { template: { spec: { containers: [container], volumes } } })];
};
const claims = (...names: readonly string[]) => ({
  volumeClaimPolicies: [{ templates: names.map((name) => ({ metadata: { name } })) }],
});
const inPlace = (job: object): JobSetSpec => ({
  replicatedJobs: [replicatedJob("a", {}, job)],
  failurePolicy: { restartStrategy: "InPlaceRestart" },
});
const ready = { backoffLimit: 2147483647, podReplacementPolicy: "Failed" };

interface Row {
  readonly spec: JobSetSpec;
  readonly name?: string;
  readonly gates?: JobSetGates;
  /** Field of the one problem; absent when there is none. */
  readonly field?: string;
  /** CEL cannot say it, or not within its budget. */
  readonly onlyHere?: true;
}

const rows: Readonly<Record<string, Row>> = {
  "takes nothing at all": { spec: {} },
  "takes two replicated jobs": { spec: { replicatedJobs: two } },
  "takes no replicas": { spec: { replicatedJobs: [replicatedJob("a", { replicas: 0 })] } },
  "takes any name without replicated jobs": { spec: {}, name: "1.x" },
  "refuses a name that Jobs cannot begin with": {
    spec: { replicatedJobs: [replicatedJob("a")] },
    name: "1x",
    field: "spec.replicatedJobs[0].name",
  },
  "refuses a replicated job that Jobs cannot be named after": {
    spec: { replicatedJobs: [replicatedJob("A")] },
    field: "spec.replicatedJobs[0].name",
  },
  "refuses names of Jobs that are too long": {
    spec: { replicatedJobs: [replicatedJob("a", { replicas: 11 })] },
    name: "x".repeat(59),
    field: "spec.replicatedJobs[0].name",
  },
  "takes names of pods that are just short enough": {
    spec: { replicatedJobs: [replicatedJob("a")] },
    name: "x".repeat(51),
  },
  "refuses names of pods that are too long": {
    spec: { replicatedJobs: [replicatedJob("a")] },
    name: "x".repeat(52),
    field: "spec.replicatedJobs[0].name",
  },
  "takes longer names without completions": {
    spec: { replicatedJobs: [replicatedJob("a", {}, { parallelism: undefined, completions: undefined })] },
    name: "x".repeat(52),
  },
  "refuses more pods than can be counted": {
    spec: {
      replicatedJobs: [replicatedJob("a", { replicas: 2 }, { parallelism: 2147483647, completions: 2147483647 })],
    },
    field: "spec.replicatedJobs[0].replicas",
  },
  "refuses parallelism without completions": {
    spec: { replicatedJobs: [replicatedJob("a", {}, { completions: undefined })] },
    field: "spec.replicatedJobs[0].template.spec.completions",
  },
  "refuses pods that always restart": {
    spec: {
      replicatedJobs: [
        replicatedJob("a", {}, { template: { spec: { containers: [{ name: "main" }], restartPolicy: "Always" } } }),
      ],
    },
    field: "spec.replicatedJobs[0].template.spec.template.spec.restartPolicy",
  },
  "refuses a group that is no label": {
    spec: { replicatedJobs: [replicatedJob("a", { groupName: "G" })] },
    field: "spec.replicatedJobs[0].groupName",
  },
  "refuses dependsOn of the first": {
    spec: { replicatedJobs: [replicatedJob("a", { dependsOn: [] })] },
    field: "spec.replicatedJobs[0].dependsOn",
  },
  "takes dependsOn of an earlier one": {
    spec: { replicatedJobs: [replicatedJob("a"), replicatedJob("b", { dependsOn: [{ name: "a", status: "Ready" }] })] },
  },
  "refuses dependsOn of itself": {
    spec: { replicatedJobs: [replicatedJob("a"), replicatedJob("b", { dependsOn: [{ name: "b", status: "Ready" }] })] },
    field: "spec.replicatedJobs[1].dependsOn",
  },
  "refuses dependsOn of a later one": {
    spec: {
      replicatedJobs: [
        replicatedJob("a"),
        replicatedJob("b", { dependsOn: [{ name: "c", status: "Ready" }] }),
        replicatedJob("c"),
      ],
    },
    field: "spec.replicatedJobs[1].dependsOn",
  },
  "refuses dependsOn with an order": {
    spec: {
      startupPolicy: { startupPolicyOrder: "InOrder" },
      replicatedJobs: [replicatedJob("a"), replicatedJob("b", { dependsOn: [{ name: "a", status: "Ready" }] })],
    },
    field: "spec",
  },
  "takes an order without replicated jobs": { spec: { startupPolicy: { startupPolicyOrder: "InOrder" } } },
  "refuses a subdomain that is no Service": {
    spec: { network: { subdomain: "a.b" } },
    field: "spec.network.subdomain",
  },
  "takes a manager": { spec: { managedBy: "kueue.x-k8s.io/multikueue" } },
  "refuses a manager without a domain": { spec: { managedBy: "me" }, field: "spec.managedBy" },
  "refuses a manager that is too long": { spec: { managedBy: `acme.io/${"x".repeat(60)}` }, field: "spec.managedBy" },
  "refuses unknown success targets": {
    spec: { replicatedJobs: two, successPolicy: { operator: "All", targetReplicatedJobs: ["x"] } },
    field: "spec.successPolicy.targetReplicatedJobs",
  },
  "takes a rule without a name": { spec: rule({}) },
  "refuses unknown failure targets": {
    spec: rule({ targetReplicatedJobs: ["a", "x"] }),
    field: "spec.failurePolicy.rules[0].targetReplicatedJobs",
  },
  "refuses unknown reasons": {
    spec: rule({ onJobFailureReasons: ["x"] }),
    field: "spec.failurePolicy.rules[0].onJobFailureReasons",
  },
  "refuses a bad rule name": { spec: rule({ name: "a-b" }), field: "spec.failurePolicy.rules[0].name" },
  "refuses a long rule name": { spec: rule({ name: "a".repeat(129) }), field: "spec.failurePolicy.rules[0].name" },
  "refuses rule names that are not unique": {
    spec: {
      failurePolicy: {
        rules: [
          { name: "x", action: "FailJobSet" },
          { name: "x", action: "FailJobSet" },
        ],
      },
    },
    field: "spec.failurePolicy.rules",
  },
  "refuses single restarts without the gate": {
    spec: rule({ action: "RestartJob" }),
    field: "spec.failurePolicy.rules",
  },
  "takes single restarts with it": { spec: rule({ action: "RestartJob" }), gates: all },
  "refuses single restarts of very many": {
    spec: {
      ...rule({ action: "RestartJobAndIgnoreMaxRestarts" }),
      replicatedJobs: [replicatedJob("a", { replicas: 1025 })],
    },
    gates: all,
    field: "spec.failurePolicy.rules",
  },
  "takes a coordinator": { spec: { replicatedJobs: two, coordinator: { replicatedJob: "b" } } },
  "refuses an unknown coordinator": {
    spec: { replicatedJobs: two, coordinator: { replicatedJob: "x" } },
    field: "spec.coordinator.replicatedJob",
  },
  "refuses a coordinator beyond the replicas": {
    spec: { replicatedJobs: two, coordinator: { replicatedJob: "a", jobIndex: 1 } },
    field: "spec.coordinator.jobIndex",
  },
  "refuses a coordinator beyond the completions": {
    spec: { replicatedJobs: two, coordinator: { replicatedJob: "a", podIndex: 1 } },
    field: "spec.coordinator.podIndex",
  },
  "refuses a coordinator without indexes": {
    spec: {
      replicatedJobs: [replicatedJob("a", {}, { completionMode: "NonIndexed" })],
      coordinator: { replicatedJob: "a" },
    },
    field: "spec.coordinator.replicatedJob",
  },
  "refuses a coordinator with a long address": {
    spec: { replicatedJobs: [replicatedJob("a")], coordinator: { replicatedJob: "a" } },
    name: "x".repeat(30),
    field: "spec.coordinator",
  },
  "takes claims that are mounted": { spec: { ...claims("data"), replicatedJobs: mounting() } },
  "refuses claims that nobody mounts": {
    spec: { ...claims("data"), replicatedJobs: two },
    field: "spec.volumeClaimPolicies[0].templates[0].metadata",
    onlyHere: true,
  },
  "refuses claims that are volumes already": {
    spec: { ...claims("data"), replicatedJobs: mounting([{ name: "data" }]) },
    field: "spec.volumeClaimPolicies[0].templates[0].metadata",
    onlyHere: true,
  },
  "refuses claims of one name": {
    spec: { ...claims("data", "data"), replicatedJobs: mounting() },
    field: "spec.volumeClaimPolicies[0].templates[1].metadata",
  },
  "refuses claims with long names": {
    spec: { ...claims("data"), replicatedJobs: mounting() },
    name: "x".repeat(60),
    field: "spec.replicatedJobs[0].name",
  },
  "refuses claims of another namespace": {
    spec: {
      volumeClaimPolicies: [{ templates: [{ metadata: { name: "data", namespace: "other" } }] }],
      replicatedJobs: mounting(),
    },
    field: "spec.volumeClaimPolicies[0].templates[0].metadata",
  },
  "refuses in-place restarts without the gate": { spec: inPlace(ready), field: "spec.failurePolicy.restartStrategy" },
  "takes in-place restarts with it": { spec: inPlace(ready), gates: all },
  "refuses in-place restarts with another backoffLimit": {
    spec: inPlace({ ...ready, backoffLimit: 6 }),
    gates: all,
    field: "spec.replicatedJobs[0].template.spec.backoffLimit",
  },
  "refuses in-place restarts that replace early": {
    spec: inPlace({ backoffLimit: 2147483647 }),
    gates: all,
    field: "spec.replicatedJobs[0].template.spec.podReplacementPolicy",
  },
  "refuses in-place restarts of some pods": {
    spec: inPlace({ ...ready, completions: 2 }),
    gates: all,
    field: "spec.replicatedJobs[0].template.spec.completions",
  },
};

describe("creating", () => {
  for (const [sentence, { spec, name, gates = {}, field, onlyHere }] of Object.entries(rows)) {
    it(sentence, () => {
      const jobSet = make(spec, name);
      const fields = validateJobSet(defaultJobSet(jobSet), gates).map((problem) => problem.field);
      expect(fields.slice(0, 1)).toEqual(field === undefined ? [] : [field]);
      expect(isServed(jobSet, gates)).toBe(field === undefined || onlyHere === true);
    });
  }

  it("makes up a name where the server will", () => {
    const jobSet = make({ replicatedJobs: two });
    const generated = { ...jobSet, metadata: { namespace: "ns", generateName: "x".repeat(70) } };
    expect(validateJobSet(defaultJobSet(generated))).toMatchObject([
      { field: "spec.replicatedJobs[0].name" },
      { field: "spec.replicatedJobs[1].name" },
    ]);
  });
});
