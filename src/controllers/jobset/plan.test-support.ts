/** Tables of whole plans, and what several of them speak of. */
import { expect, it } from "vitest";
import type { Job } from "../../api/batch/job.ts";
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import type { JobSet } from "../../api/jobset/types.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import { createJobSetController } from "./controller.ts";
import { serviceNoun } from "./events.ts";
import {
  conditionAt,
  type Made,
  makeJobSet,
  makeReplicatedJob,
  makeWorld,
  now,
  patchOf,
} from "./model.test-support.ts";
import type { World } from "./observe.ts";
import { planJobSet } from "./plan.ts";

interface Row {
  readonly jobSet?: Made;
  readonly jobs?: (jobSet: JobSet) => readonly Job[];
  readonly world?: Partial<World>;
  readonly gates?: JobSetGates;
  readonly at?: Date;
  /** What differs from a plan that does nothing. */
  readonly plan: (jobSet: JobSet) => Readonly<Record<string, unknown>>;
}

function check({ jobSet: made, jobs, world, gates = {}, at = now, plan }: Row): void {
  const jobSet = makeJobSet(made);
  const seen = makeWorld({ jobs: jobs?.(jobSet) ?? [], ...world });
  expect(checkedPlan(createJobSetController({ gates }), planJobSet, jobSet, seen, at, gates)).toEqual({
    apply: [],
    remove: [],
    events: [],
    ...plan(jobSet),
  });
}

export const rows = (table: Readonly<Record<string, Row>>) => {
  for (const [sentence, row] of Object.entries(table)) it(sentence, () => check(row));
};

export const two = { replicatedJobs: [makeReplicatedJob("a"), makeReplicatedJob("b", { replicas: 3 })] };

export const service = {
  kind: { group: "", version: "v1", kind: "Service", resource: "services", namespaced: true },
  target: {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "js",
      namespace: "ns",
      ownerReferences: [
        {
          apiVersion: "jobset.x-k8s.io/v1alpha2",
          kind: "JobSet",
          name: "js",
          uid: "u1",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { clusterIP: "None", selector: { "jobset.sigs.k8s.io/jobset-name": "js" }, publishNotReadyAddresses: true },
  },
  mode: "create",
  as: serviceNoun,
  accepts: "any",
};
export const suspendedAt = (at?: string) =>
  conditionAt("Suspended", "True", "SuspendedJobs", "jobset is suspended", at);
export const resumedNow = conditionAt("Suspended", "False", "ResumeJobs", "jobset is resumed");
export const resumption = (name: string) =>
  patchOf(name, { spec: { suspend: false, template: { metadata: {}, spec: {} } } }, { order: 1 });
export const completedNow = conditionAt("Completed", "True", "AllJobsCompleted", "jobset completed successfully");
export const leader = { replicatedJobs: [makeReplicatedJob("a"), makeReplicatedJob("b")] };
