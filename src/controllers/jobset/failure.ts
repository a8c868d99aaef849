/** A failed Job and the action that answers to it, in words; and the end of a JobSet by failure. Pure. */
import type { Job } from "../../api/batch/job.ts";
import type { FailurePolicyAction } from "../../api/jobset/types.ts";
import { failed, restartFailed } from "./conditions.ts";
import type { Decision } from "./decision.ts";

/** Of an action, and the failed Job that it answers to. */
export interface Failure {
  readonly action: FailurePolicyAction;
  readonly job: Job;
  /** Absent when no rule matched. */
  readonly ruleName?: string;
}

export const firstFailed = ({ metadata }: Job) => ` (first failed job: ${metadata.name})`;

export function failJobSet(reason: string, message: string): Decision {
  return {
    conditions: [failed(reason, message), restartFailed],
    status: { terminalState: "Failed" },
    requeueAfterMs: 0,
  };
}

export const maxRestartsMessage = "jobset failed due to reaching max number of restarts";

export const failedByMaxRestarts = (job: Job): Decision =>
  failJobSet("ReachedMaxRestarts", `${maxRestartsMessage}${firstFailed(job)}`);

export const actionMessage = ({ action, job }: Failure): string =>
  `applying ${action} failure policy action${firstFailed(job)}`;
