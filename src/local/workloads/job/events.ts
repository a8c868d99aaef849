/** Events of the Job controller, with the reasons and wording of Kubernetes'. Pure. */
import type { Noun } from "../../../runtime/noun.ts";
import type { EventRecord } from "../../../runtime/event-record.ts";
import { isEnding, type PlanInput } from "./status.ts";
import { findTrue } from "./verdict.ts";

const normal = (reason: string, message: string, action: string): EventRecord => ({
  type: "Normal",
  reason,
  message,
  action,
});
const warning = (reason: string, message: string, action: string): EventRecord => ({
  type: "Warning",
  reason,
  message,
  action,
});

/** As Kubernetes' own controller words it. */
export const jobPod: Noun = {
  reason: "Pod",
  subject: "pod",
  success: {
    Create: { reason: "SuccessfulCreate", message: "Created pod: {name}" },
    Delete: { reason: "SuccessfulDelete", message: "Deleted pod: {name}" },
  },
  failure: {
    Create: { reason: "FailedCreate", message: "Error creating" },
    Delete: { reason: "FailedDelete", message: "Error deleting" },
  },
};

/** What the reconcile itself tells: suspended, resumed, completed, failed. */
export function jobEvents(input: PlanInput): readonly EventRecord[] {
  const { job } = input.view;
  if (isEnding(input) && input.verdict) return endEvents(input);
  if (input.verdict) return [];
  const suspended = findTrue(job.status?.conditions, "Suspended") !== undefined;
  if (job.spec.suspend && !suspended) return [normal("Suspended", "Job suspended", "Update")];
  return !job.spec.suspend && suspended ? [normal("Resumed", "Job resumed", "Update")] : [];
}

function endEvents({ view, verdict }: PlanInput): readonly EventRecord[] {
  if (verdict?.type === "FailureTarget") return [warning(verdict.reason, verdict.message, "Update")];
  const { completions } = view.job.spec;
  const surplus =
    completions !== undefined && view.succeeded > completions
      ? [warning("TooManySucceededPods", "Too many succeeded pods running after completion count reached", "Update")]
      : [];
  return [...surplus, normal("Completed", "Job completed", "Update")];
}
