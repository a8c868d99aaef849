/** JobSets of a few words, and whether an API server with the CRD would take them. */
import { compileRules, evaluateRules } from "../../machinery/cel.ts";
import { defaultObject } from "../../machinery/schema/defaults.ts";
import type { Schema } from "../../machinery/schema/types.ts";
import { validateObject } from "../../machinery/schema/validate.ts";
import { jobSetCrd } from "./crd.ts";
import type { JobSetGates } from "./crd-rules.ts";
import type { JobSet, JobSetSpec, ReplicatedJob } from "./types.ts";

export const schemaOf = (gates: JobSetGates) =>
  jobSetCrd(gates).spec.versions[0]?.schema.openAPIV3Schema as unknown as Schema;
const compiled = new Map<string, ReturnType<typeof compileRules>>();
function rulesOf(gates: JobSetGates) {
  const key = JSON.stringify(gates);
  if (!compiled.has(key)) compiled.set(key, compileRules(schemaOf(gates)));
  return compiled.get(key);
}

/** Whether the API server would take it, new or in place of `before`. */
export function isServed(jobSet: JobSet, gates: JobSetGates, before?: JobSet): boolean {
  const schema = schemaOf(gates);
  const after = defaultObject(schema, jobSet);
  if (validateObject(schema, after).length > 0) return false;
  return evaluateRules(rulesOf(gates), after, before && defaultObject(schema, before)).length === 0;
}

export function replicatedJob(name: string, more: Partial<ReplicatedJob> = {}, job: object = {}): ReplicatedJob {
  const pod = { spec: { containers: [{ name: "main", image: "busybox" }] } };
  return { name, template: { spec: { parallelism: 1, completions: 1, template: pod, ...job } }, ...more };
}

export const make = (spec: JobSetSpec, name = "js"): JobSet => ({
  apiVersion: "jobset.x-k8s.io/v1alpha2",
  kind: "JobSet",
  metadata: { name, namespace: "ns" },
  spec,
});
export const two = [replicatedJob("a"), replicatedJob("b")];
export const all: JobSetGates = { inPlaceRestart: true, restartJob: true, elasticJobSet: true };
