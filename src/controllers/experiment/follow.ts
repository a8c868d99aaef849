/**
 * An experiment that has a workload: its status follows the workload's. It ends the workload when it is cancelled, when the
 * time of all attempts is over, and when a container ends again and again before the command could start. Pure.
 */
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Apply, EventRecord } from "../../runtime/plan.ts";
import { countAttempts } from "./attempt.ts";
import type { Cause } from "./death.ts";
import { type TimeLeft, timeLeft } from "./deadline.ts";
import { running } from "./events.ts";
import { keepCause, planLook } from "./look.ts";
import type { World } from "./observe.ts";
import type { Outcome } from "./outcome.ts";
import { type End, end, type ExperimentPlan, idle, kindOf } from "./pass.ts";
import { enterStep } from "./steps.ts";
import { findAbsentImage, findCrashLoop, findWait } from "./wait.ts";

interface Following {
  readonly root: Experiment;
  readonly status: ExperimentStatus;
  readonly workload: KubeObject;
  readonly world: World;
  /** Of the workload. */
  readonly outcome: Outcome;
  readonly now: Date;
  readonly settings: { readonly examines?: boolean };
}

function knownStatus({ status, workload, world, now }: Following): ExperimentStatus {
  const rayClusterName = world.rayJob?.status?.rayClusterName ?? status.rayClusterName;
  return {
    ...enterStep(status, "Submitting", now),
    workload: { apiVersion: workload.apiVersion, kind: workload.kind, name: workload.metadata.name ?? "" },
    ...(rayClusterName && { rayClusterName }),
  };
}

const cancelled: End = { state: "Cancelled", reason: "Cancelled", message: "cancelled by the user" };

const late = ({ seconds }: TimeLeft): End => ({
  state: "Failed",
  reason: "Timeout",
  message: `all attempts together exceeded ${seconds} s`,
});

/** How the experiment ends in this pass; undefined while it goes on. */
function endOf({ root, workload, outcome, status, now }: Following): End | undefined {
  switch (outcome.phase) {
    case "Succeeded":
      return { state: "Succeeded", reason: "Completed", message: outcome.message };
    case "Failed":
      return { state: "Failed", reason: outcome.reason, message: outcome.message };
    case "Cancelled":
      return { state: "Cancelled", reason: outcome.reason, message: outcome.message };
    case "Suspended": {
      if (root.spec.cancelled) return cancelled;
      const left = timeLeft(workload, status, now);
      return left && left.leftMs <= 0 ? late(left) : undefined;
    }
    default:
      return undefined;
  }
}

/** Which of several attempts it was that failed; a time-out is that of all. */
function ofAttempt(how: End, { attempt, maxAttempts }: ExperimentStatus): End {
  if (how.state !== "Failed" || how.reason === "Timeout" || maxAttempts === undefined) return how;
  return { ...how, message: `attempt ${attempt} of ${maxAttempts}: ${how.message ?? how.reason}` };
}

export function follow(following: Following): ExperimentPlan {
  const { root, workload, world, outcome, now } = following;
  const { status: known, events } = countAttempts(knownStatus(following), world);
  const how = endOf(following);
  if (how) {
    const kept = how.reason === "Timeout" ? keepCause(how, { root, world, now }) : how;
    const last = end(known, ofAttempt(kept, known), now);
    return { ...last, events: [...events, ...last.events] };
  }
  if (outcome.phase === "Suspended")
    return idle({ ...known, reason: "Suspended", message: `the ${workload.kind} is suspended` }, { events });
  const pods = outcome.phase === "Submitting" && !root.spec.cancelled ? (world.pods ?? []) : [];
  const hopeless = findAbsentImage(pods) ?? findCrashLoop(pods);
  if (hopeless) return giveUp(following, known, hopeless);
  return goOn(following, known, events);
}

/** The workload is stopped in the same pass; a stop that failed is tried again before the experiment ends. */
function giveUp({ workload, world, now }: Following, known: ExperimentStatus, loop: Cause): ExperimentPlan {
  const apply = [suspend(workload)];
  if (world.failures.length > 0) return idle({ ...known, ...loop }, { apply });
  return end(known, { state: "Failed", ...loop }, now, { apply });
}

function goOn(following: Following, known: ExperimentStatus, news: readonly EventRecord[]): ExperimentPlan {
  const { root, status, workload, world, outcome, now, settings } = following;
  const isRunning = outcome.phase === "Running";
  const events = isRunning && root.status?.step !== "Running" ? [...news, running()] : news;
  const wait = isRunning ? undefined : findWait(world.pods ?? []);
  const step = isRunning ? enterStep(known, "Running", now) : { ...known, ...wait };
  const left = timeLeft(workload, status, now);
  if (root.spec.cancelled === true || (left && left.leftMs <= 0))
    return idle(step, { events, apply: [suspend(workload)] });
  const look = settings.examines ? planLook({ workload, world, left, now }) : {};
  const next = [left?.leftMs, look.requeueAfterMs].filter((ms) => ms !== undefined);
  return idle(step, {
    events,
    ...(look.actions && { actions: look.actions }),
    ...(next.length > 0 && { requeueAfterMs: Math.min(...next, dayMs) }),
  });
}

/** Timers do not hold a month. */
export const dayMs = 86_400_000;

/** Suspending frees every pod and keeps the workload to look at. */
function suspend(workload: KubeObject): Apply {
  const { name, namespace } = workload.metadata;
  const target = {
    apiVersion: workload.apiVersion,
    kind: workload.kind,
    metadata: { name, namespace },
    spec: { suspend: true },
  };
  return { kind: kindOf(workload), target };
}
