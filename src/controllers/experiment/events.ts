/** Every event an experiment publishes. Pure. */
import type { KubeObject } from "../../meta/object.ts";
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

export const running: EventRecord = {
  type: "Normal",
  reason: "ExperimentRunning",
  action: "Run",
  message: "The command is running",
};

export const ended = ({ state, reason, message = "" }: End): EventRecord => ({
  type: state === "Failed" ? "Warning" : "Normal",
  reason: `Experiment${state}`,
  action: "Finish",
  message: state === "Succeeded" ? "The experiment succeeded" : `${reason}: ${message}`,
});

export const retrying = (attempt: number, maxAttempts: number, failure?: string): EventRecord => ({
  type: "Warning",
  reason: "ExperimentRetrying",
  action: "Retry",
  message: `Attempt ${attempt - 1} of ${maxAttempts} failed, starting attempt ${attempt}${failure ? `: ${failure}` : ""}`,
});
