/**
 * An experiment that has a workload: its status follows the workload's. It ends the workload when it is cancelled, when
 * the time of all attempts is over, and when a container ends again and again before the command could start. Pure.
 */
import type { ExperimentStatus } from "../../../api/experiment/types.ts";
import type { KubeObject } from "../../../meta/object.ts";
import { type Steps, setStatus, soonest, tell } from "../../../runtime/steps.ts";
import { countAttempts } from "./attempts.ts";
import { timeLeft } from "./deadline.ts";
import type { Cause } from "../diagnosis/container-end.ts";
import { cancelled, end } from "../end.ts";
import { running } from "../events.ts";
import { keepCause, planInspection } from "../diagnosis/inspection.ts";
import type { PlanInput } from "../observe.ts";
import type { Outcome } from "./outcome.ts";
import { type End, enterStep } from "../status.ts";
import { findAbsentImage, findCrashLoop, findWait } from "../diagnosis/pod-wait.ts";
import { suspend } from "./submit.ts";

interface Following extends PlanInput {
  readonly workload: KubeObject;
}

export function follow(input: PlanInput, workload: KubeObject, outcome: Outcome): Steps<ExperimentStatus> {
  const { status, steps } = countAttempts(knownStatus(input, workload), input.world);
  return [...steps, ...proceed({ ...input, workload, status }, outcome)];
}

function knownStatus({ status, world, now }: PlanInput, workload: KubeObject): ExperimentStatus {
  const rayClusterName = world.rayJob?.status?.rayClusterName ?? status.rayClusterName;
  return {
    // It is there: nothing is retried any more.
    ...enterStep(status, "Submitting", now, ""),
    workload: { apiVersion: workload.apiVersion, kind: workload.kind, name: workload.metadata.name ?? "" },
    ...(rayClusterName && { rayClusterName }),
  };
}

function proceed(following: Following, outcome: Outcome): Steps<ExperimentStatus> {
  switch (outcome.phase) {
    case "Submitting":
      return startUp(following);
    case "Running":
      return run(following);
    case "Suspended":
      return standStill(following);
    case "Ended":
      return conclude(following, outcome.end);
  }
}

/** With what held it up, and which of several attempts it was that failed; a time-out is that of all. */
function conclude(following: Following, how: End): Steps<ExperimentStatus> {
  const { attempt, maxAttempts } = following.status;
  if (how.reason === "Timeout") return end(following, keepCause(following, how));
  if (how.state !== "Failed" || maxAttempts === undefined) return end(following, how);
  return end(following, { ...how, message: `attempt ${attempt} of ${maxAttempts}: ${how.message ?? how.reason}` });
}

/** Suspended by us, or by somebody else. */
function standStill(following: Following): Steps<ExperimentStatus> {
  const { root, workload, status, now } = following;
  if (root.spec.cancelled) return cancelled(following, "cancelled by the user");
  const left = timeLeft(workload, status, now);
  if (left && left.leftMs <= 0) {
    const message = `all attempts together exceeded ${left.seconds} s`;
    return conclude(following, { state: "Failed", reason: "Timeout", message });
  }
  return [setStatus({ ...status, reason: "Suspended", message: `the ${workload.kind} is suspended` })];
}

function startUp(following: Following): Steps<ExperimentStatus> {
  const { root, status, world } = following;
  const { pods = [] } = world;
  const hopeless = root.spec.cancelled ? undefined : (findAbsentImage(pods) ?? findCrashLoop(pods));
  if (hopeless) return giveUp(following, hopeless);
  return goOn({ ...following, status: { ...status, ...findWait(pods) } });
}

/** The workload is stopped in the same reconcile; a stop that failed is tried again before the experiment ends. */
function giveUp(following: Following, cause: Cause): Steps<ExperimentStatus> {
  const { workload, world, status } = following;
  const isStopped = world.failures.length === 0;
  const next = isStopped ? end(following, { state: "Failed", ...cause }) : [setStatus({ ...status, ...cause })];
  return [suspend(workload), ...next];
}

function run(following: Following): Steps<ExperimentStatus> {
  const { root, now } = following;
  const news = root.status?.step === "Running" ? [] : [tell(running)];
  return [...news, ...goOn({ ...following, status: enterStep(following.status, "Running", now) })];
}

function goOn(following: Following): Steps<ExperimentStatus> {
  const { root, status, workload, settings, now } = following;
  const left = timeLeft(workload, status, now);
  if (root.spec.cancelled || (left && left.leftMs <= 0)) return [setStatus(status), suspend(workload)];
  const inspections = settings.examines ? planInspection(following, left) : [];
  return [setStatus(status), ...soonest(left?.leftMs), ...inspections];
}
