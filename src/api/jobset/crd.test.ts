/** The definition itself: that a cluster takes it, what its rules cost, and what it fills in. */
import { describe, expect, it } from "vitest";
import { defaultObject } from "../../machinery/schema/defaults.ts";
import { checkStructural } from "../../machinery/schema/structural.ts";
import { crd, jobSetCrd } from "./crd.ts";
import { defaultJobSet } from "./defaults.ts";
import type { FailurePolicyRule, JobSet } from "./types.ts";
import { all, make, schemaOf, two } from "./validation.test-support.ts";

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
