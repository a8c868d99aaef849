/** The Jobs of a JobSet by what has become of them, and those of an earlier attempt apart. Pure. */
import type { Job } from "../../../api/batch/job.ts";
import type { JobSetGates } from "../../../api/jobset/crd-rules.ts";
import {
  jobIndexLabel,
  jobRestartAttemptLabel,
  replicatedJobNameLabel,
  restartAttemptLabel,
} from "../../../api/jobset/labels.ts";
import type { JobSet } from "../../../api/jobset/types.ts";
import { isConditionTrue } from "./state.ts";

export interface Buckets {
  /** Of an earlier restart attempt: to be deleted. */
  readonly previous: readonly Job[];
  readonly active: readonly Job[];
  readonly successful: readonly Job[];
  readonly failed: readonly Job[];
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

/** Throws for Jobs whose labels were tampered with. */
export function sortIntoBuckets(jobSet: JobSet, jobs: readonly Job[], gates: JobSetGates): Buckets {
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
