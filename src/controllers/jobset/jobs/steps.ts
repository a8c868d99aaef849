/** Steps on Jobs that are there. Pure. */
import type { Job } from "../../../api/batch/job.ts";
import { Job as JobKind } from "../../../api/core/kinds.ts";
import type { Apply } from "../../../runtime/plan.ts";
import { patch, remove, type Step, type Steps } from "../../../runtime/steps.ts";

/** Merges fields into this very Job. */
export function patchJob(
  { metadata: { name, namespace, uid } }: Job,
  fields: Readonly<Record<string, unknown>>,
  more: Pick<Apply, "order" | "subresource"> = {},
): Step {
  const target = { apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace, uid }, ...fields };
  return patch(JobKind, target, more);
}

/** Foreground: a name is free again only when the pods are gone. */
export const deleteJobs = (jobs: readonly Job[]): Steps =>
  jobs
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((job) => remove(JobKind, job, { propagationPolicy: "Foreground" }));
