/** The status of an experiment: its six steps as they advance, from the first reconcile to the end. Pure. */
import type { Reason } from "../../api/experiment/reasons.ts";
import { experimentSteps } from "../../api/experiment/schema.ts";
import {
  type Experiment,
  type ExperimentState,
  type ExperimentStatus,
  type ExperimentStep,
  type StepState,
  type StepStatus,
} from "../../api/experiment/types.ts";
import { formatTime } from "../../meta/condition.ts";

export interface End {
  readonly state: Exclude<ExperimentState, "Processing">;
  readonly reason: Reason;
  readonly message?: string;
}

const initial: readonly StepStatus[] = experimentSteps.map((name) => ({ name, state: "Pending" }));

/** Ends the active step with `state`, at `now`. */
function endActive(steps: readonly StepStatus[], state: StepState, now: Date, message?: string): readonly StepStatus[] {
  return steps.map((step) =>
    step.state === "Active" ? { ...step, state, endTime: formatTime(now), ...(message && { message }) } : step,
  );
}

/**
 * Makes `name` the active step: earlier ones are done (or skipped, when they never started). Idempotent; never goes back.
 * An empty message takes back what the step said before.
 */
export function enterStep(
  status: ExperimentStatus,
  name: ExperimentStep,
  now: Date,
  message?: string,
): ExperimentStatus {
  const steps = status.steps?.length ? status.steps : initial;
  const at = experimentSteps.indexOf(name);
  if (status.step !== undefined && experimentSteps.indexOf(status.step) > at) return status;
  if (status.step === name) {
    const { message: before = "", ...step } = steps[at] as StepStatus;
    if (message === undefined || message === before) return status;
    return { ...status, steps: steps.with(at, { ...step, ...(message && { message }) }) };
  }
  const ended = endActive(steps, "Done", now).map((step, index) =>
    index < at && step.state === "Pending" ? { ...step, state: "Skipped" as const } : step,
  );
  const active: StepStatus = { name, state: "Active", startTime: formatTime(now), ...(message && { message }) };
  return { ...status, step: name, steps: ended.with(at, active) };
}

/** What a reconcile begins with. Why it waits is said anew in each. */
export function begin({ status: before = {}, metadata }: Experiment, now: Date): ExperimentStatus {
  const { reason: _, message: __, ...status } = before;
  const started: ExperimentStatus = {
    ...status,
    state: "Processing",
    startTime: status.startTime ?? formatTime(now),
    observedGeneration: metadata.generation,
  };
  return status.step ? started : enterStep(started, "Waiting", now);
}

/** Ends the experiment: the active step failed or is done, `Finished` is reached, the rest is skipped. */
export function finish(status: ExperimentStatus, end: End, now: Date): ExperimentStatus {
  const ok = end.state === "Succeeded";
  const steps = endActive(
    status.steps?.length ? status.steps : initial,
    ok ? "Done" : "Failed",
    now,
    ok ? undefined : end.message,
  );
  const time = formatTime(now);
  const closed = steps.map((step): StepStatus => {
    if (step.name === "Finished") return { name: "Finished", state: "Done", startTime: time, endTime: time };
    return step.state === "Pending" ? { ...step, state: "Skipped" } : step;
  });
  return {
    ...status,
    state: end.state,
    step: "Finished",
    steps: closed,
    reason: end.reason,
    message: end.message ?? "",
    endTime: time,
  };
}
