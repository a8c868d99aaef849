/**
 * The JobSet controller's decision. What comes first wins: finished, then failure, then success, then creating Jobs, then
 * suspending or resuming them. A restart and an end are written to the status in one pass and acted upon in the next. Pure.
 */
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { finishedCondition } from "../../api/jobset/finished.ts";
import type { JobSet, JobSetStatus } from "../../api/jobset/types.ts";
import type { Plan } from "../../runtime/plan.ts";
import { jobsReady } from "./conditions.ts";
import { type Decision, joinDecisions } from "./decision.ts";
import { planElastic } from "./elastic.ts";
import { planFailure } from "./failure-policy.ts";
import { planInPlaceRestart } from "./in-place-restart.ts";
import { planDeletion } from "./restart.ts";
import { planService } from "./service.ts";
import { planCreation } from "./startup-policy.ts";
import { deriveJobSetStatus } from "./status.ts";
import { planSuccess } from "./success-policy.ts";
import { planSuspend } from "./suspend.ts";
import { planTtl } from "./ttl.ts";
import { type View, viewJobSet } from "./view.ts";
import { planClaims } from "./volume-claims.ts";
import type { World } from "./world.ts";

export type JobSetPlan = Plan<JobSetStatus>;

/**
 * How long a JobSet's first status may wait for more than that its Jobs are there: one write less for every JobSet whose
 * pods are ready by then. One that a queue holds back has its status from the beginning: it is suspended.
 */
const firstStatusWithinMs = 30_000;

function decideReadiness({ suspended, counts, globalReplicas }: View): Decision {
  const up = [...counts.values()].reduce((sum, { ready, succeeded }) => sum + ready + succeeded, 0);
  return !suspended && up === globalReplicas ? { conditions: [jobsReady] } : {};
}

function decide(view: View, now: Date): Decision {
  const { buckets, jobSet } = view;
  if (finishedCondition(jobSet)) {
    return joinDecisions([{ remove: planDeletion(buckets.active) }, planTtl(jobSet, now)]);
  }
  const always = [{ remove: planDeletion(buckets.previous) }, decideReadiness(view)];
  const end = planFailure(view) ?? planSuccess(view);
  if (end) return joinDecisions([...always, end]);
  return joinDecisions([
    ...always,
    planService(view),
    planClaims(view),
    planElastic(view),
    planCreation(view),
    planSuspend(view),
    planInPlaceRestart(view),
  ]);
}

/** Milliseconds for which a first status that says nothing yet is not worth a write; 0 when it is. */
function firstStatusWait(view: View, plan: JobSetPlan, now: Date): number {
  const { status, metadata } = view.jobSet;
  const { restarts: _, replicatedJobsStatus: __, ...more } = plan.status ?? {};
  const says = [...view.counts.values()].some(
    ({ ready, succeeded, failed, suspended }) => ready + succeeded + failed + suspended > 0,
  );
  const isNews = says || Object.keys(more).length > 0;
  if (status !== undefined || isNews || metadata.creationTimestamp === undefined) return 0;
  return Math.max(0, Date.parse(metadata.creationTimestamp) + firstStatusWithinMs - now.getTime());
}

/** While a write has failed, conditions and restarts wait, with their events, until all that they speak of is done. */
function holdBack(view: View, plan: JobSetPlan): JobSetPlan {
  return { ...plan, status: deriveJobSetStatus(view, {}, new Date(0)).status, events: [] };
}

export function planJobSet(root: JobSet, world: World, now: Date, gates: JobSetGates): JobSetPlan {
  const view = viewJobSet(root, world, gates);
  const decision = decide(view, now);
  const { apply = [], remove = [], requeueAfterMs } = decision;
  const plan: JobSetPlan = {
    apply,
    remove,
    ...deriveJobSetStatus(view, decision, now),
    ...(requeueAfterMs !== undefined && { requeueAfterMs }),
  };
  if (world.failures.length > 0) return holdBack(view, plan);
  const wait = firstStatusWait(view, plan, now);
  if (wait === 0) return plan;
  const { status: _, ...silent } = plan;
  return { ...silent, requeueAfterMs: Math.min(wait, plan.requeueAfterMs ?? wait) };
}
