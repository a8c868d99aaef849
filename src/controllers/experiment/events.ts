/** Every event an experiment publishes. Pure. */
import type { EventRecord } from "../../runtime/plan.ts";

export const submitted = (kind: string, name: string): EventRecord => ({
  type: "Normal",
  reason: "ExperimentSubmitted",
  action: "Submit",
  message: `Created ${kind} ${name}`,
});

export const running = (): EventRecord => ({
  type: "Normal",
  reason: "ExperimentRunning",
  action: "Run",
  message: "The command is running",
});

export const ended = (state: string, reason: string, message = ""): EventRecord => ({
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
