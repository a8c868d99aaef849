/** What a JobSet's plan is made from besides the JobSet: plain data, gathered by observe.ts. */
import type { Job } from "../../api/batch/job.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import type { PriorityClassLike } from "./placement.ts";

export interface World {
  /** Jobs that this very JobSet controls, terminating ones included. */
  readonly jobs: readonly Job[];
  /** Whether any Service has the name of the subdomain, whoever owns it. */
  readonly hasService: boolean;
  /** Names of the claims that exist, of those the JobSet asks for. */
  readonly claims: readonly string[];
  readonly priorityClasses: readonly PriorityClassLike[];
  /** Pods of the JobSet; only looked at for in-place restarts. */
  readonly pods: readonly Pod[];
  /** Writes of the previous pass that failed. */
  readonly failures: readonly WriteFailure[];
}
