/** Nouns of what a JobSet creates, and its events that come neither from a write nor from a condition. Pure. */
import type { FailurePolicyAction } from "../../api/jobset/types.ts";
import type { Noun } from "../../runtime/noun.ts";
import { type Step, tell } from "../../runtime/steps.ts";

const action = "Reconciling";

/** Only failures to create are told. */
const noun = (reason: string, subject: string): Noun => ({
  reason,
  subject,
  quiet: true,
  action,
  failure: { Create: { reason: `${reason}CreationFailed`, message: `${subject} {name} creation failed` } },
});

export const jobNoun = noun("Job", "job");
export const serviceNoun = noun("HeadlessService", "headless service");
export const claimNoun = noun("PVC", "PVC");

export const tellAction = (applied: FailurePolicyAction, message: string): Step =>
  tell({ type: "Warning", reason: `${applied}FailurePolicyAction`, message, action });
