/** Which attempt of how many a workload is at: a RayJob and a JobSet start again by themselves, and neither tells. Pure. */
import type { ExperimentStatus } from "../../../api/experiment/types.ts";
import { type Steps, tell } from "../../../runtime/steps.ts";
import { retrying } from "../events.ts";
import type { JobSetLike, RayJobLike } from "./outcome.ts";

interface Workloads {
  readonly rayJob?: RayJobLike;
  readonly jobSet?: JobSetLike;
}

interface Attempt {
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Known while the failed attempt is being taken down. */
  readonly lastFailure?: string;
}

function attemptOf({ rayJob, jobSet }: Workloads): Attempt {
  if (jobSet) {
    const maxAttempts = (jobSet.spec?.failurePolicy?.maxRestarts ?? 0) + 1;
    return { attempt: Math.min((jobSet.status?.restarts ?? 0) + 1, maxAttempts), maxAttempts };
  }
  const { failed = 0, jobDeploymentStatus, reason, message } = rayJob?.status ?? {};
  const maxAttempts = (rayJob?.spec?.backoffLimit ?? 0) + 1;
  const attempt = Math.min(failed + 1, maxAttempts);
  const lastFailure = jobDeploymentStatus === "Retrying" ? message || reason : undefined;
  return { attempt, maxAttempts, ...(lastFailure && { lastFailure }) };
}

export interface Counted {
  readonly status: ExperimentStatus;
  /** An event for a new attempt. */
  readonly steps: Steps;
}

/** The status with the attempt in it where there may be several, and an event when one has failed and another begins. */
export function countAttempts(status: ExperimentStatus, workloads: Workloads): Counted {
  const now = attemptOf(workloads);
  if (now.maxAttempts === 1) return { status, steps: [] };
  const isNews = now.attempt > (status.attempt ?? 1);
  const { lastFailure: earlier, ...rest } = status;
  const lastFailure = now.lastFailure ?? (isNews ? undefined : earlier);
  return {
    status: { ...rest, attempt: now.attempt, maxAttempts: now.maxAttempts, ...(lastFailure && { lastFailure }) },
    steps: isNews ? [tell(retrying(now.attempt, now.maxAttempts, lastFailure))] : [],
  };
}
