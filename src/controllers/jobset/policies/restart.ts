/**
 * Restarts: of the whole JobSet, or (gate) of one Job. A restart is a counter in the status; the Jobs built for a lower
 * count are garbage from then on. The counter is written before anything is deleted. Pure.
 */
import { jobIndexLabel } from "../../../api/jobset/labels.ts";
import type { ReplicatedJobStatus } from "../../../api/jobset/types.ts";
import { again } from "../../../runtime/steps.ts";
import { restarting } from "../conditions.ts";
import { tellAction } from "../events.ts";
import { actionMessage, failByMaxRestarts, type Failure } from "./failure.ts";
import { replicatedJobOf } from "../jobs/state.ts";
import { type PolicySteps, setFields } from "../policy-steps.ts";
import type { View } from "../view.ts";

/** What a restart costs: one of maxRestarts, or nothing. */
export type Cost = "charged" | "free";

const sum = (numbers: readonly number[] = []) => numbers.reduce((total, number) => total + number, 0);

/** Whether as many restarts were charged as are allowed, those of single Jobs included when there are such. */
function isUsedUp({ jobSet, counts, gates, spec }: View): boolean {
  const whole = jobSet.status?.restartsCountTowardsMax ?? 0;
  const single = [...counts.values()].map(({ jobRestartsCountTowardsMax }) => sum(jobRestartsCountTowardsMax));
  return whole + (gates.restartJob ? sum(single) : 0) >= (spec.failurePolicy?.maxRestarts ?? 0);
}

export function restartJobSet(view: View, failure: Failure, cost: Cost): PolicySteps {
  if (cost === "charged" && isUsedUp(view)) return failByMaxRestarts(failure.job);
  const { restarts = 0, restartsCountTowardsMax = 0 } = view.jobSet.status ?? {};
  const message = actionMessage(failure);
  const reason = failure.ruleName === undefined ? "DefaultFailurePolicy" : `FailurePolicy_${failure.ruleName}`;
  return [
    restarting(reason, message),
    setFields({
      restarts: restarts + 1,
      ...(cost === "charged" && { restartsCountTowardsMax: restartsCountTowardsMax + 1 }),
    }),
    tellAction(failure.action, message),
    again,
  ];
}

/** The list with the entry at `index` one higher; as long as there are replicas. */
function increment(list: readonly number[] | undefined, index: number, replicas: number): readonly number[] {
  return Array.from({ length: replicas }, (_, at) => (list?.[at] ?? 0) + (at === index ? 1 : 0));
}

export function restartJob(view: View, failure: Failure, cost: Cost): PolicySteps {
  const { job, action } = failure;
  if (!view.gates.restartJob) throw new Error(`failure policy action ${action} needs the feature gate RestartJob`);
  if (cost === "charged" && isUsedUp(view)) return failByMaxRestarts(job);
  const index = Number(job.metadata.labels?.[jobIndexLabel]);
  const placed = view.replicatedJobs.find((candidate) => candidate.job.name === replicatedJobOf(job));
  const entry = view.counts.get(replicatedJobOf(job));
  if (!placed || !entry || !(index < placed.replicas))
    throw new Error(`Job ${job.metadata.name} belongs to no replicated job`);
  const { jobRestarts, jobRestartsCountTowardsMax } = entry;
  const next: ReplicatedJobStatus = {
    ...entry,
    jobRestarts: increment(jobRestarts, index, placed.replicas),
    ...(cost === "charged" && {
      jobRestartsCountTowardsMax: increment(jobRestartsCountTowardsMax, index, placed.replicas),
    }),
  };
  return [
    setFields({ counts: new Map([...view.counts, [entry.name, next]]) }),
    tellAction(action, actionMessage(failure)),
    again,
  ];
}
