/**
 * The conditions of a JobSet and the rules by which they change, which clients depend on: none is ever added as False,
 * new ones go to the end of the list, and a change of reason or message alone keeps the time. Pure.
 */
import { type Condition, findCondition, setCondition } from "../../meta/condition.ts";
import type { EventKind } from "../../runtime/event-kind.ts";
import type { EventRecord } from "../../runtime/event-record.ts";

export type ConditionType =
  | "Completed"
  | "Failed"
  | "Suspended"
  | "RestartingJobSet"
  | "StartupPolicyInProgress"
  | "StartupPolicyCompleted";

export interface ConditionChange {
  readonly do: "condition";
  readonly type: ConditionType;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

const change =
  (type: ConditionType, status: "True" | "False") =>
  (reason: string, message: string): ConditionChange => ({ do: "condition", type, status, reason, message });

export const failed = change("Failed", "True");
export const restarting = change("RestartingJobSet", "True");
const restarted = change("RestartingJobSet", "False");

const completedMessage = "jobset completed successfully";
const suspendedMessage = "jobset is suspended";

export const completed = change("Completed", "True")("AllJobsCompleted", completedMessage);
export const suspended = change("Suspended", "True")("SuspendedJobs", suspendedMessage);
export const resumed = change("Suspended", "False")("ResumeJobs", "jobset is resumed");
export const jobsReady = restarted("JobsReady", "all jobs are ready");
export const restartFailed = restarted("JobSetFailed", "jobset failed");
export const restartCompleted = restarted("JobSetCompleted", completedMessage);
export const restartSuspended = restarted("JobSetSuspended", suspendedMessage);
export const startupInProgress = change("StartupPolicyInProgress", "True")(
  "InOrderStartupPolicyInProgress",
  "in order startup policy in progress",
);
export const startupCompleted = change("StartupPolicyCompleted", "True")(
  "InOrderStartupPolicyCompleted",
  "in order startup policy has completed",
);

/** Of the pair, the one that ends when the other begins. */
const opposite: Partial<Record<ConditionType, ConditionType>> = {
  StartupPolicyInProgress: "StartupPolicyCompleted",
  StartupPolicyCompleted: "StartupPolicyInProgress",
};

function endOpposite(conditions: readonly Condition[], type: ConditionType): readonly Condition[] {
  const other = opposite[type];
  // Its reason, message and time stay: they tell of when it was True.
  return conditions.map((condition) =>
    condition.type === other && condition.status === "True" ? { ...condition, status: "False" } : condition,
  );
}

function isWarning({ type, status }: ConditionChange): boolean {
  return type === "Failed" || (type === "RestartingJobSet" && status === "True");
}

function recordOf(condition: ConditionChange): EventRecord {
  const { reason, message } = condition;
  return { type: isWarning(condition) ? "Warning" : "Normal", reason, message, action: "Reconciling" };
}

/** Each change of a condition is told. */
export const conditionEvents: readonly EventKind[] = [
  completed,
  suspended,
  resumed,
  jobsReady,
  restartFailed,
  restartCompleted,
  restartSuspended,
  startupInProgress,
  startupCompleted,
  failed("FailedJobs", "The JobSet failed because Jobs failed, and which was the first"),
  failed("ReachedMaxRestarts", "The JobSet failed after as many restarts as are allowed"),
  restarting("DefaultFailurePolicy", "The JobSet restarts, and which Job failed"),
  restarting("FailurePolicy_{rule}", "The JobSet restarts, and which Job failed"),
].map((condition) => {
  const { message: tells, ...record } = recordOf(condition);
  return { ...record, tells };
});

export interface ChangedConditions {
  readonly conditions: readonly Condition[];
  /** One per change that had an effect. */
  readonly events: readonly EventRecord[];
}

export function changeConditions(
  before: readonly Condition[],
  changes: readonly ConditionChange[],
  now: Date,
): ChangedConditions {
  let conditions = before;
  const events: EventRecord[] = [];
  for (const change of changes) {
    const { do: _, ...next } = change;
    const old = findCondition(conditions, next.type);
    if (!old && next.status === "False") continue;
    if (old && old.status === next.status && old.reason === next.reason && old.message === next.message) continue;
    conditions = setCondition(conditions, next, now);
    if (next.status === "True") conditions = endOpposite(conditions, next.type);
    events.push(recordOf(change));
  }
  return { conditions, events };
}
