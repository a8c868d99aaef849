/** Every rule of admission: as a function, where the CRD can say it as what the API server answers; those of updates are the CRD's alone. */
import { describe, expect, it } from "vitest";
import { compileRules, evaluateRules } from "../../machinery/cel.ts";
import { defaultObject } from "../../machinery/schema/defaults.ts";
import { checkStructural } from "../../machinery/schema/structural.ts";
import type { Schema } from "../../machinery/schema/types.ts";
import { validateObject } from "../../machinery/schema/validate.ts";
import { crd, jobSetCrd } from "./crd.ts";
import type { JobSetGates } from "./crd-rules.ts";
import { defaultJobSet } from "./defaults.ts";
import type { FailurePolicyRule, JobSet, JobSetSpec, ReplicatedJob } from "./types.ts";
import { validateJobSet } from "./validation.ts";

const schemaOf = (gates: JobSetGates) => jobSetCrd(gates).spec.versions[0]?.schema.openAPIV3Schema as unknown as Schema;
const compiled = new Map<string, ReturnType<typeof compileRules>>();
function rulesOf(gates: JobSetGates) {
  const key = JSON.stringify(gates);
  if (!compiled.has(key)) compiled.set(key, compileRules(schemaOf(gates)));
  return compiled.get(key);
}

/** Whether the API server would take it, new or in place of `before`. */
function isServed(jobSet: JobSet, gates: JobSetGates, before?: JobSet): boolean {
  const schema = schemaOf(gates);
  const after = defaultObject(schema, jobSet);
  if (validateObject(schema, after).length > 0) return false;
  return evaluateRules(rulesOf(gates), after, before && defaultObject(schema, before)).length === 0;
}

function replicatedJob(name: string, more: Partial<ReplicatedJob> = {}, job: object = {}): ReplicatedJob {
  const pod = { spec: { containers: [{ name: "main", image: "busybox" }] } };
  return { name, template: { spec: { parallelism: 1, completions: 1, template: pod, ...job } }, ...more };
}

const make = (spec: JobSetSpec, name = "js"): JobSet => ({
  apiVersion: "jobset.x-k8s.io/v1alpha2",
  kind: "JobSet",
  metadata: { name, namespace: "ns" },
  spec,
});
const two = [replicatedJob("a"), replicatedJob("b")];
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
const all: JobSetGates = { inPlaceRestart: true, restartJob: true, elasticJobSet: true };

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

describe("the definition", () => {
  it("looks at the fields of a replicated job only if a comparison says that something changed", () => {
    const rules = schemaOf({}).properties?.["spec"]?.["x-kubernetes-validations"] ?? [];
    const comparing = rules.filter(({ rule }) => rule.includes("oldSelf.replicatedJobs.map"));
    expect(comparing).toHaveLength(1);
    const [names = "", fields = ""] =
      comparing[0]?.rule.split("self.replicatedJobs == oldSelf.replicatedJobs ||") ?? [];
    expect(names).not.toContain("template");
    expect(fields).toContain("template");
  });

  it("is structural and small enough for kubectl apply", () => {
    for (const gates of [{}, all]) {
      expect(checkStructural(schemaOf(gates))).toEqual([]);
      expect(JSON.stringify(jobSetCrd(gates)).length).toBeLessThan(262_144);
    }
  });

  it("has the columns that kubectl prints", () => {
    expect(crd.spec.versions[0]?.additionalPrinterColumns.map(({ name }) => name)).toEqual([
      "TerminalState",
      "Restarts",
      "Completed",
      "Suspended",
      "Age",
    ]);
  });

  it("fills in what the functions fill in, rule names apart", () => {
    const jobSet = make({
      replicatedJobs: two,
      failurePolicy: { maxRestarts: 1, rules: [{ name: "x", action: "FailJobSet" }] },
      volumeClaimPolicies: [{ templates: [] }],
    });
    const { spec } = defaultObject(schemaOf({}), jobSet) as JobSet;
    const withMeta = defaultJobSet(jobSet).spec?.replicatedJobs?.map((job) => ({
      ...job,
      template: {
        metadata: {},
        spec: { ...job.template.spec, template: { metadata: {}, ...job.template.spec.template } },
      },
    }));
    expect(spec).toEqual({ ...defaultJobSet(jobSet).spec, replicatedJobs: withMeta });
  });

  it("numbers rules without names", () => {
    const rules: readonly FailurePolicyRule[] = [{ action: "FailJobSet" }, { name: "", action: "RestartJobSet" }];
    const named = defaultJobSet(make({ failurePolicy: { rules } })).spec?.failurePolicy?.rules?.map(({ name }) => name);
    expect(named).toEqual(["failurePolicyRule0", "failurePolicyRule1"]);
  });
});
