/** A failed Job and the action that answers to it, in words; and the end of a JobSet by failure. Pure. */
import type { Job } from "../../../api/batch/job.ts";
import type { FailurePolicyAction } from "../../../api/jobset/types.ts";
import { again } from "../../../runtime/steps.ts";
import { failed, restartFailed } from "../conditions.ts";
import { type PolicySteps, setFields } from "../policy-steps.ts";

/** Of an action, and the failed Job that it answers to. */
export interface Failure {
  readonly action: FailurePolicyAction;
  readonly job: Job;
  /** Absent when no rule matched. */
  readonly ruleName?: string;
}

export const firstFailed = ({ metadata }: Job) => ` (first failed job: ${metadata.name})`;

export const failJobSet = (reason: string, message: string): PolicySteps => [
  failed(reason, message),
  restartFailed,
  setFields({ terminalState: "Failed" }),
  again,
];

export const failByMaxRestarts = (job?: Job): PolicySteps =>
  failJobSet(
    "ReachedMaxRestarts",
    `jobset failed due to reaching max number of restarts${job ? firstFailed(job) : ""}`,
  );

export const actionMessage = ({ action, job }: Failure): string =>
  `applying ${action} failure policy action${firstFailed(job)}`;
