/**
 * Restarts: of the whole JobSet, or (gate) of one Job. A restart is a counter in the status; the Jobs built for a lower
 * count are garbage from then on. The counter is written before anything is deleted. Pure.
 */
import { Job as JobKind } from "../../api/core/kinds.ts";
import type { Job } from "../../api/batch/job.ts";
import { jobIndexLabel } from "../../api/jobset/labels.ts";
import type { ReplicatedJobStatus } from "../../api/jobset/types.ts";
import type { Remove } from "../../runtime/plan.ts";
import { restarting } from "./conditions.ts";
import type { Decision } from "./decision.ts";
import { actionApplied } from "./events.ts";
import { actionMessage, type Failure, failedByMaxRestarts } from "./failure.ts";
import { replicatedJobOf } from "./job-state.ts";
import type { View } from "./view.ts";

/** Foreground: the name is free again only when the pods are gone. */
export function planDeletion(jobs: readonly Job[]): readonly Remove[] {
  return jobs
    .filter((job) => job.metadata.deletionTimestamp === undefined)
    .map(({ metadata: { namespace, name = "", uid } }) => ({
      target: { kind: JobKind, namespace, name, ...(uid !== undefined && { uid }) },
      propagationPolicy: "Foreground",
      failureReason: "JobDeletionFailed",
    }));
}

const sum = (numbers: readonly number[] = []) => numbers.reduce((total, number) => total + number, 0);

/** Restarts charged so far, those of single Jobs included when there are such. */
function chargedRestarts({ jobSet, counts, gates }: View): number {
  const whole = jobSet.status?.restartsCountTowardsMax ?? 0;
  if (!gates.restartJob) return whole;
  return whole + [...counts.values()].reduce((total, entry) => total + sum(entry.jobRestartsCountTowardsMax), 0);
}

const isCharged = ({ action }: Failure) => action === "RestartJobSet" || action === "RestartJob";

function restartWhole({ jobSet }: View, failure: Failure): Decision {
  const { restarts = 0, restartsCountTowardsMax = 0 } = jobSet.status ?? {};
  const message = actionMessage(failure);
  const reason = failure.ruleName === undefined ? "DefaultFailurePolicy" : `FailurePolicy_${failure.ruleName}`;
  return {
    conditions: [restarting(reason, message)],
    status: {
      restarts: restarts + 1,
      ...(isCharged(failure) && { restartsCountTowardsMax: restartsCountTowardsMax + 1 }),
    },
    events: [actionApplied(failure.action, message)],
    requeueAfterMs: 0,
  };
}

/** The list with the entry at `index` one higher; as long as there are replicas. */
function increment(list: readonly number[] | undefined, index: number, replicas: number): readonly number[] {
  return Array.from({ length: replicas }, (_, at) => (list?.[at] ?? 0) + (at === index ? 1 : 0));
}

function restartOne(view: View, failure: Failure): Decision {
  if (!view.gates.restartJob)
    throw new Error(`failure policy action ${failure.action} needs the feature gate RestartJob`);
  const { job } = failure;
  const index = Number(job.metadata.labels?.[jobIndexLabel]);
  const placed = view.replicatedJobs.find((candidate) => candidate.job.name === replicatedJobOf(job));
  const entry = view.counts.get(replicatedJobOf(job));
  if (!placed || !entry || !(index < placed.replicas))
    throw new Error(`Job ${job.metadata.name} belongs to no replicated job`);
  const { jobRestarts, jobRestartsCountTowardsMax } = entry;
  const next: ReplicatedJobStatus = {
    ...entry,
    jobRestarts: increment(jobRestarts, index, placed.replicas),
    ...(isCharged(failure) && {
      jobRestartsCountTowardsMax: increment(jobRestartsCountTowardsMax, index, placed.replicas),
    }),
  };
  return {
    status: { counts: new Map([...view.counts, [entry.name, next]]) },
    events: [actionApplied(failure.action, actionMessage(failure))],
    requeueAfterMs: 0,
  };
}

export function planRestart(view: View, failure: Failure): Decision {
  const { maxRestarts = 0 } = view.spec.failurePolicy ?? {};
  const single = failure.action === "RestartJob" || failure.action === "RestartJobAndIgnoreMaxRestarts";
  if (isCharged(failure) && chargedRestarts(view) >= maxRestarts && (!single || view.gates.restartJob)) {
    return failedByMaxRestarts(failure.job);
  }
  return single ? restartOne(view, failure) : restartWhole(view, failure);
}
