/** Nouns of what a JobSet creates, and its events that come neither from a write nor from a condition. Pure. */
import type { FailurePolicyAction } from "../../api/jobset/types.ts";
import { type EventKind, eventOf, eventsOf } from "../../runtime/event-kind.ts";
import type { Noun } from "../../runtime/noun.ts";
import { type Step, tell } from "../../runtime/steps.ts";
import { conditionEvents } from "./conditions.ts";

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

const appliedAction = (applied: FailurePolicyAction): EventKind => ({
  type: "Warning",
  reason: `${applied}FailurePolicyAction`,
  action,
  tells: `The failure policy applies ${applied}, and which Job failed`,
});

const actionKinds: Readonly<Record<FailurePolicyAction, EventKind>> = {
  FailJobSet: appliedAction("FailJobSet"),
  RestartJobSet: appliedAction("RestartJobSet"),
  RestartJobSetAndIgnoreMaxRestarts: appliedAction("RestartJobSetAndIgnoreMaxRestarts"),
  RestartJob: appliedAction("RestartJob"),
  RestartJobAndIgnoreMaxRestarts: appliedAction("RestartJobAndIgnoreMaxRestarts"),
};

export const events: readonly EventKind[] = [
  ...[jobNoun, serviceNoun, claimNoun].flatMap((noun) => eventsOf(noun, "Create")),
  ...Object.values(actionKinds),
  ...conditionEvents,
];

export const tellAction = (applied: FailurePolicyAction, message: string): Step =>
  tell(eventOf(actionKinds[applied], message));
