/** Every event an experiment publishes. Pure. */
import { JobSet } from "../../api/jobset/kinds.ts";
import { RayJob } from "../../api/ray/kinds.ts";
import type { KubeObject } from "../../meta/object.ts";
import { type EventKind, eventOf, eventsOf } from "../../runtime/event-kind.ts";
import type { Noun } from "../../runtime/noun.ts";
import type { EventRecord } from "../../runtime/event-record.ts";
import type { End } from "./status.ts";

export const workloadNoun = ({ kind }: Pick<KubeObject, "kind">): Noun => ({
  reason: kind,
  subject: kind,
  action: "Submit",
  success: { Create: { reason: "ExperimentSubmitted", message: `Created ${kind} {name}` } },
  failure: { Create: { reason: "FailedToSubmit", message: `Cannot create ${kind}` } },
});

const runs: EventKind = {
  type: "Normal",
  reason: "ExperimentRunning",
  action: "Run",
  tells: "The command is running",
};

const retries: EventKind = {
  type: "Warning",
  reason: "ExperimentRetrying",
  action: "Retry",
  tells: "An attempt failed, the next one starts",
};

const ends: Readonly<Record<End["state"], EventKind>> = {
  Succeeded: { type: "Normal", reason: "ExperimentSucceeded", action: "Finish", tells: "The experiment succeeded" },
  Failed: { type: "Warning", reason: "ExperimentFailed", action: "Finish", tells: "REASON: MESSAGE" },
  Cancelled: { type: "Normal", reason: "ExperimentCancelled", action: "Finish", tells: "REASON: MESSAGE" },
};

export const events: readonly EventKind[] = [
  ...[RayJob, JobSet].flatMap((kind) => eventsOf(workloadNoun(kind), "Create")),
  runs,
  retries,
  ...Object.values(ends),
];

export const running: EventRecord = eventOf(runs, runs.tells);

export const ended = ({ state, reason, message = "" }: End): EventRecord =>
  eventOf(ends[state], state === "Succeeded" ? ends.Succeeded.tells : `${reason}: ${message}`);

export const retrying = (attempt: number, maxAttempts: number, failure?: string): EventRecord =>
  eventOf(
    retries,
    `Attempt ${attempt - 1} of ${maxAttempts} failed, starting attempt ${attempt}${failure ? `: ${failure}` : ""}`,
  );
