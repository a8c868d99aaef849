/**
 * A JobSet and its Jobs as the policies see them: defaults filled in, Jobs sorted into buckets, replicas counted. Made
 * once per reconcile, so that nothing below searches or sums again. Pure.
 */
import type { Job } from "../../api/batch/job.ts";
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { defaultGroup, defaultJobSet } from "../../api/jobset/defaults.ts";
import type { JobSet, JobSetSpec, ReplicatedJob, ReplicatedJobStatus } from "../../api/jobset/types.ts";
import { type Buckets, sortIntoBuckets } from "./jobs/buckets.ts";
import { countJobs } from "./jobs/counters.ts";
import type { World } from "./observe.ts";

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
