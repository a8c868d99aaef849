/** Events of a JobSet that do not come from a condition. Pure. */
import type { FailurePolicyAction } from "../../api/jobset/types.ts";
import type { EventRecord } from "../../runtime/plan.ts";

const warning = (reason: string, message: string): EventRecord => ({
  type: "Warning",
  reason,
  message,
  action: "Reconciling",
});

/** The rest of the message is the API server's. */
export const jobCreationFailed = (job: string): EventRecord =>
  warning("JobCreationFailed", `job ${job} creation failed`);
export const serviceCreationFailed = (service: string): EventRecord =>
  warning("HeadlessServiceCreationFailed", `headless service ${service} creation failed`);
export const claimCreationFailed = (claim: string): EventRecord =>
  warning("PVCCreationFailed", `PVC ${claim} creation failed`);

export const actionApplied = (action: FailurePolicyAction, message: string): EventRecord =>
  warning(`${action}FailurePolicyAction`, message);
