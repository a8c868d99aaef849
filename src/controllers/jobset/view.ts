/**
 * A JobSet and its Jobs as the policies see them: defaults filled in, Jobs sorted into buckets, replicas counted. Made
 * once per pass, so that nothing below searches or sums again. Throws for Jobs whose labels were tampered with.
 */
import type { Job } from "../../api/batch/job.ts";
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { defaultGroup, defaultJobSet } from "../../api/jobset/defaults.ts";
import {
  jobIndexLabel,
  jobRestartAttemptLabel,
  replicatedJobNameLabel,
  restartAttemptLabel,
} from "../../api/jobset/labels.ts";
import type { JobSet, JobSetSpec, ReplicatedJob, ReplicatedJobStatus } from "../../api/jobset/types.ts";
import { isConditionTrue } from "./job-state.ts";
import { countJobs } from "./counters.ts";
import type { World } from "./world.ts";

export interface Buckets {
  /** Of an earlier restart attempt: to be deleted. */
  readonly previous: readonly Job[];
  readonly active: readonly Job[];
  readonly successful: readonly Job[];
  readonly failed: readonly Job[];
}

/** One replicated job with what its Jobs' labels say about the whole. */
export interface Placed {
  readonly job: ReplicatedJob;
  readonly replicas: number;
  readonly groupName: string;
  readonly groupReplicas: number;
  /** Of its first Job, over all replicated jobs and within its group. */
  readonly globalOffset: number;
  readonly groupOffset: number;
}

export interface View {
  readonly jobSet: JobSet;
  readonly name: string;
  readonly spec: JobSetSpec;
  readonly gates: JobSetGates;
  readonly world: World;
  readonly suspended: boolean;
  readonly replicatedJobs: readonly Placed[];
  readonly globalReplicas: number;
  readonly buckets: Buckets;
  readonly jobNames: ReadonlySet<string>;
  /** Status of each replicated job, by its name. */
  readonly counts: ReadonlyMap<string, ReplicatedJobStatus>;
}

const integer = /^[+-]?\d+$/;

function integerLabel(job: Job, label: string): number | undefined {
  const value = job.metadata.labels?.[label];
  if (value === undefined) return undefined;
  if (!integer.test(value)) throw new Error(`Job ${job.metadata.name}: label ${label} is not an integer: "${value}"`);
  return Number(value);
}

function requiredLabel(job: Job, label: string): number {
  const value = integerLabel(job, label);
  if (value === undefined) throw new Error(`Job ${job.metadata.name} has no label ${label}`);
  return value;
}

/** Whether the Job was restarted on its own since it was built (gate RestartJob). */
function isOutdated(job: Job, jobSet: JobSet): boolean {
  const name = job.metadata.labels?.[replicatedJobNameLabel];
  if (!name) throw new Error(`Job ${job.metadata.name} has no label ${replicatedJobNameLabel}`);
  const index = requiredLabel(job, jobIndexLabel);
  const attempt = integerLabel(job, jobRestartAttemptLabel);
  const restarts = jobSet.status?.replicatedJobsStatus?.find((status) => status.name === name)?.jobRestarts;
  if (restarts === undefined) return false;
  const target = restarts[index];
  if (target === undefined)
    throw new Error(`Job ${job.metadata.name}: label ${jobIndexLabel} is out of range: ${index}`);
  return attempt !== undefined && attempt < target;
}

function sortIntoBuckets(jobSet: JobSet, jobs: readonly Job[], gates: JobSetGates): Buckets {
  const restarts = jobSet.status?.restarts ?? 0;
  const buckets = { previous: [] as Job[], active: [] as Job[], successful: [] as Job[], failed: [] as Job[] };
  for (const job of jobs) {
    const isPrevious =
      requiredLabel(job, restartAttemptLabel) < restarts || (gates.restartJob === true && isOutdated(job, jobSet));
    if (isPrevious) buckets.previous.push(job);
    else if (isConditionTrue(job, "Complete")) buckets.successful.push(job);
    else if (isConditionTrue(job, "Failed")) buckets.failed.push(job);
    else buckets.active.push(job);
  }
  return buckets;
}

function place(replicatedJobs: readonly ReplicatedJob[]): readonly Placed[] {
  const groups = new Map<string, number>();
  let globalOffset = 0;
  const partly = replicatedJobs.map((job) => {
    const { replicas = 1, groupName = defaultGroup } = job;
    const groupOffset = groups.get(groupName) ?? 0;
    groups.set(groupName, groupOffset + replicas);
    const placed = { job, replicas, groupName, groupOffset, globalOffset };
    globalOffset += replicas;
    return placed;
  });
  return partly.map((placed) => ({ ...placed, groupReplicas: groups.get(placed.groupName) ?? 0 }));
}

const byName = (a: Job, b: Job) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);

export function viewJobSet(root: JobSet, world: World, gates: JobSetGates): View {
  const jobSet = defaultJobSet(root);
  const spec = jobSet.spec ?? {};
  // Caches have no order; ties between Jobs must not depend on it.
  const jobs = world.jobs.toSorted(byName);
  const buckets = sortIntoBuckets(jobSet, jobs, gates);
  const replicatedJobs = place(spec.replicatedJobs ?? []);
  return {
    jobSet,
    name: root.metadata.name ?? "",
    spec,
    gates,
    world,
    suspended: spec.suspend === true,
    replicatedJobs,
    globalReplicas: replicatedJobs.reduce((sum, { replicas }) => sum + replicas, 0),
    buckets,
    jobNames: new Set(jobs.map((job) => job.metadata.name ?? "")),
    counts: countJobs(jobSet, buckets, gates),
  };
}
