/**
 * The JobSet controller's decision. What comes first wins: finished, then failure, then success, then creating Jobs,
 * then suspending or resuming them. A restart and an end are written to the status in one reconcile and acted upon in
 * the next. Pure.
 */
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { finishedCondition } from "../../api/jobset/finished.ts";
import type { JobSet, JobSetStatus } from "../../api/jobset/types.ts";
import { requeue, setStatus, type Steps, tell } from "../../runtime/steps.ts";
import { jobsReady } from "./conditions.ts";
import { planElastic } from "./policies/elastic.ts";
import { planFailure } from "./policies/failure-policy.ts";
import { planInPlaceRestart } from "./policies/in-place-restart.ts";
import { deleteJobs } from "./jobs/steps.ts";
import { type PolicySteps, sortSteps } from "./policy-steps.ts";
import type { World } from "./observe.ts";
import { planService } from "./children/service.ts";
import { planCreation } from "./policies/startup-policy.ts";
import { deriveJobSetStatus } from "./status.ts";
import { planSuccess } from "./policies/success-policy.ts";
import { planSuspend } from "./policies/suspend.ts";
import { planTtl } from "./policies/ttl.ts";
import { type View, viewJobSet } from "./view.ts";
import { planClaims } from "./children/volume-claims.ts";

/**
 * How long a JobSet's first status may wait for more than that its Jobs are there: one write less for every JobSet
 * whose pods are ready by then. One that a queue holds back has its status from the beginning: it is suspended.
 */
const firstStatusWithinMs = 1_000;

/** Times are cut to seconds: the JobSet may be younger than its creation time says, by nearly as much as this. */
const creationTimeWithinMs = 1_000;

function planReadiness({ suspended, counts, globalReplicas }: View): PolicySteps {
  const up = [...counts.values()].reduce((sum, { ready, succeeded }) => sum + ready + succeeded, 0);
  return !suspended && up === globalReplicas ? [jobsReady] : [];
}

const planLife = (view: View): PolicySteps => [
  ...planService(view),
  ...planClaims(view),
  ...planElastic(view),
  ...planCreation(view),
  ...planSuspend(view),
  ...planInPlaceRestart(view),
];

function decide(view: View, now: Date): PolicySteps {
  const { buckets, jobSet } = view;
  if (finishedCondition(jobSet)) return [...deleteJobs(buckets.active), ...planTtl(jobSet, now)];
  const always = [...deleteJobs(buckets.previous), ...planReadiness(view)];
  for (const policy of [planFailure, planSuccess]) {
    const end = policy(view);
    if (end.length > 0) return [...always, ...end];
  }
  return [...always, ...planLife(view)];
}

/** Milliseconds for which a first status that says nothing yet is not worth a write; 0 when it is. */
function firstStatusWait({ jobSet, counts }: View, status: JobSetStatus, now: Date): number {
  const { creationTimestamp } = jobSet.metadata;
  const { restarts: _, replicatedJobsStatus: __, ...more } = status;
  const says = [...counts.values()].some(
    ({ ready, succeeded, failed, suspended }) => ready + succeeded + failed + suspended > 0,
  );
  const isNews = says || Object.keys(more).length > 0;
  if (jobSet.status !== undefined || isNews || creationTimestamp === undefined) return 0;
  return Math.max(0, Date.parse(creationTimestamp) + creationTimeWithinMs + firstStatusWithinMs - now.getTime());
}

export function planJobSet(root: JobSet, world: World, now: Date, gates: JobSetGates): Steps<JobSetStatus> {
  const view = viewJobSet(root, world, gates);
  const { steps, ...changes } = sortSteps(decide(view, now));
  if (world.failures.length > 0) {
    // Conditions and restarts wait, with their events, until all that they speak of is done.
    const { status } = deriveJobSetStatus(view, { conditions: [], fields: {} }, now);
    return [...steps.filter((step) => step.do !== "tell"), setStatus(status)];
  }
  const { status, events } = deriveJobSetStatus(view, changes, now);
  const wait = firstStatusWait(view, status, now);
  return [...events.map(tell), ...steps, wait > 0 ? requeue(wait) : setStatus(status)];
}
