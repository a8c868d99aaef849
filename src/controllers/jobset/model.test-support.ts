/** Objects for the tests of the JobSet controller: a JobSet, its Jobs as it would make them, and what is around them. */
import type { Job, JobCondition, JobStatus } from "../../api/batch/job.ts";
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import type { JobSet, JobSetSpec, JobSetStatus, ReplicatedJob, ReplicatedJobStatus } from "../../api/jobset/types.ts";
import type { JobSpec } from "../../api/batch/job.ts";
import type { ObjectMeta } from "../../meta/object.ts";
import { jobNoun } from "./events.ts";
import { desiredJob } from "./children/job.ts";
import type { World } from "./observe.ts";
import { viewJobSet } from "./view.ts";

export const now = new Date("2026-01-01T01:00:00Z");
export const before = "2026-01-01T00:00:00Z";

export function makeReplicatedJob(
  name: string,
  more: Partial<Omit<ReplicatedJob, "name" | "template">> = {},
  job: Partial<JobSpec> = {},
): ReplicatedJob {
  const template = { spec: { containers: [{ name: "main", image: "busybox" }] } };
  return { name, ...more, template: { spec: { parallelism: 1, completions: 1, template, ...job } } };
}

export interface Made {
  readonly spec?: JobSetSpec;
  readonly status?: JobSetStatus;
  readonly metadata?: ObjectMeta;
}

/** JobSet `js` in namespace `ns` with one replicated job `w` of one replica, unless told otherwise. */
export function makeJobSet({ spec, status, metadata }: Made = {}): JobSet {
  return {
    apiVersion: "jobset.x-k8s.io/v1alpha2",
    kind: "JobSet",
    metadata: { name: "js", namespace: "ns", uid: "u1", creationTimestamp: before, ...metadata },
    spec: { replicatedJobs: [makeReplicatedJob("w")], ...spec },
    ...(status && { status }),
  };
}

export function makeWorld(more: Partial<World> = {}): World {
  return { jobs: [], hasService: true, claims: [], priorityClasses: [], pods: [], failures: [], ...more };
}

/** The Job as the controller would create it now. */
export function childOf(jobSet: JobSet, replicatedJob: string, index = 0, gates: JobSetGates = {}): Job {
  const view = viewJobSet(jobSet, makeWorld(), gates);
  const placed = view.replicatedJobs.find(({ job }) => job.name === replicatedJob);
  if (!placed) throw new Error(`no replicated job ${replicatedJob}`);
  return desiredJob(view, placed, index);
}

/** That Job once it exists, with a status. */
export function makeChild(jobSet: JobSet, name: string, status: JobStatus = {}, gates: JobSetGates = {}): Job {
  const [replicatedJob = "", index = "0"] = name.split("-");
  const job = childOf(jobSet, replicatedJob, Number(index), gates);
  return { ...job, metadata: { ...job.metadata, uid: `job-${name}`, creationTimestamp: before }, status };
}

const condition = (type: string, more: Partial<JobCondition> = {}): JobCondition => ({
  type,
  status: "True",
  lastTransitionTime: before,
  ...more,
});

export const running: JobStatus = { active: 1, ready: 1, startTime: before };
export const pending: JobStatus = { active: 1, ready: 0, startTime: before };
export const complete: JobStatus = { succeeded: 1, conditions: [condition("Complete")] };
export const failedWith = (more: Partial<JobCondition> = {}): JobStatus => ({
  failed: 1,
  conditions: [
    condition("Failed", {
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
      ...more,
    }),
  ],
});
export const failed = failedWith();

export function terminating(job: Job): Job {
  return { ...job, metadata: { ...job.metadata, deletionTimestamp: before } };
}

export function counts(name: string, more: Partial<ReplicatedJobStatus> = {}): ReplicatedJobStatus {
  return { name, ready: 0, succeeded: 0, failed: 0, active: 0, suspended: 0, ...more };
}

/** A status with these counters. */
export function statusOf(list: readonly ReplicatedJobStatus[], more: Partial<JobSetStatus> = {}): JobSetStatus {
  return { restarts: 0, ...more, replicatedJobsStatus: list };
}

export const conditionAt = (
  type: string,
  status: "True" | "False",
  reason: string,
  message: string,
  at = "2026-01-01T01:00:00Z",
) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: at,
});

/** Deletion of a Job made by `makeChild`. */
export const deletionOf = (name: string) => ({
  target: {
    kind: { group: "batch", version: "v1", kind: "Job", resource: "jobs", namespaced: true },
    namespace: "ns",
    name: `js-${name}`,
    uid: `job-${name}`,
  },
  propagationPolicy: "Foreground",
});

/** Creation of a Job. */
export const creationOf = (jobSet: JobSet, name: string, gates: JobSetGates = {}) => {
  const [replicatedJob = "", index = "0"] = name.split("-");
  return {
    kind: { group: "batch", version: "v1", kind: "Job", resource: "jobs", namespaced: true },
    target: childOf(jobSet, replicatedJob, Number(index), gates),
    mode: "create",
    order: 1,
    as: jobNoun,
  };
};

export const patchOf = (name: string, fields: object, more: object = {}) => ({
  kind: { group: "batch", version: "v1", kind: "Job", resource: "jobs", namespaced: true },
  target: {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: `js-${name}`, namespace: "ns", uid: `job-${name}` },
    ...fields,
  },
  mode: "patch",
  ...more,
});

export const event = (type: "Normal" | "Warning", reason: string, message: string) => ({
  type,
  reason,
  message,
  action: "Reconciling",
});
