/** Events of the Job controller, with the reasons and wording of Kubernetes'. Pure. */
import type { Pod } from "../../../api/core/pod.ts";
import type { EventRecord } from "../../../runtime/plan.ts";
import { isEnding, type Pass } from "./status.ts";
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

export const podCreated = (pod: Pod): EventRecord =>
  normal("SuccessfulCreate", `Created pod: ${pod.metadata.name}`, "Create");
export const podNotCreated: EventRecord = warning("FailedCreate", "Error creating", "Create");
export const podDeleted = (pod: Pod): EventRecord =>
  normal("SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`, "Delete");
export const podNotDeleted: EventRecord = warning("FailedDelete", "Error deleting", "Delete");

/** What the pass itself tells: suspended, resumed, completed, failed. */
export function jobEvents(pass: Pass): readonly EventRecord[] {
  const { job } = pass.view;
  if (isEnding(pass) && pass.verdict) return endEvents(pass);
  if (pass.verdict) return [];
  const suspended = findTrue(job.status?.conditions, "Suspended") !== undefined;
  if (job.spec.suspend && !suspended) return [normal("Suspended", "Job suspended", "Update")];
  return !job.spec.suspend && suspended ? [normal("Resumed", "Job resumed", "Update")] : [];
}

function endEvents({ view, verdict }: Pass): readonly EventRecord[] {
  if (verdict?.type === "FailureTarget") return [warning(verdict.reason, verdict.message, "Update")];
  const { completions } = view.job.spec;
  const surplus =
    completions !== undefined && view.succeeded > completions
      ? [warning("TooManySucceededPods", "Too many succeeded pods running after completion count reached", "Update")]
      : [];
  return [...surplus, normal("Completed", "Job completed", "Update")];
}
