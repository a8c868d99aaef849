/** replicatedJobsStatus: how many Jobs of each replicated job are in which state. Pure. */
import type { Job } from "../../../api/batch/job.ts";
import type { JobSetGates } from "../../../api/jobset/crd-rules.ts";
import type { JobSet, ReplicatedJobStatus } from "../../../api/jobset/types.ts";
import type { Buckets } from "./buckets.ts";
import { isActive, isConditionTrue, isReady, replicatedJobOf } from "./state.ts";

type Counts = { -readonly [Field in keyof ReplicatedJobStatus]: ReplicatedJobStatus[Field] };

/** An entry for every replicated job of the spec, Jobs or not; Jobs of earlier attempts count nowhere. */
export function countJobs(
  jobSet: JobSet,
  buckets: Buckets,
  gates: JobSetGates,
): ReadonlyMap<string, ReplicatedJobStatus> {
  const counts = new Map<string, Counts>();
  const before = new Map((jobSet.status?.replicatedJobsStatus ?? []).map((status) => [status.name, status]));
  for (const { name } of jobSet.spec?.replicatedJobs ?? []) {
    const { jobRestarts, jobRestartsCountTowardsMax } = before.get(name) ?? {};
    counts.set(name, {
      name,
      ready: 0,
      succeeded: 0,
      failed: 0,
      active: 0,
      suspended: 0,
      ...(gates.restartJob && jobRestarts && { jobRestarts }),
      ...(gates.restartJob && jobRestartsCountTowardsMax && { jobRestartsCountTowardsMax }),
    });
  }
  const add = (jobs: readonly Job[], field: "ready" | "succeeded" | "failed" | "active" | "suspended") => {
    for (const job of jobs) {
      const entry = counts.get(replicatedJobOf(job));
      if (entry) entry[field]++;
    }
  };
  add(buckets.successful, "succeeded");
  add(buckets.failed, "failed");
  add(buckets.active.filter(isReady), "ready");
  add(buckets.active.filter(isActive), "active");
  add(
    buckets.active.filter((job) => job.spec.suspend === true),
    "suspended",
  );
  // A Job whose pods have all ended would turn ready once more for the moment before it completes.
  for (const job of buckets.active.filter((candidate) => isConditionTrue(candidate, "SuccessCriteriaMet"))) {
    const entry = counts.get(replicatedJobOf(job));
    if (entry) entry.ready = Math.min(entry.ready, before.get(entry.name)?.ready ?? 0);
  }
  return counts;
}

/** As clients know the list: by name, from the last to the first. */
export function sortedCounts(counts: ReadonlyMap<string, ReplicatedJobStatus>): readonly ReplicatedJobStatus[] {
  return [...counts.values()].sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** Ready, succeeded or failed: all of its Jobs have got going. */
export function hasStarted(status: ReplicatedJobStatus | undefined, replicas: number): boolean {
  return status !== undefined && status.ready + status.succeeded + status.failed === replicas;
}
