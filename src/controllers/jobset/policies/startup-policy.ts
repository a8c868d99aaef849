/** Creates the Jobs that are missing, in the order that dependsOn and startupPolicy allow. Pure. */
import { Job as JobKind } from "../../../api/core/kinds.ts";
import { jobNameOf } from "../../../api/jobset/names.ts";
import { create, type Steps } from "../../../runtime/steps.ts";
import { startupCompleted, startupInProgress } from "../conditions.ts";
import { hasStarted } from "../jobs/counters.ts";
import { areDependenciesMet } from "./depends-on.ts";
import { jobNoun } from "../events.ts";
import { desiredJob } from "../children/job.ts";
import type { PolicyStep, PolicySteps } from "../policy-steps.ts";
import type { Placed, View } from "../view.ts";

/** After what their pods need: without the Service or a claim they could only fail, and use restarts up. */
const afterServiceAndClaims = 1;

/** A template that the API server refuses is refused for every Job alike: tell of the first few only. */
const maxFailureEvents = 10;

export function isInOrder({ spec }: View): boolean {
  return spec.startupPolicy?.startupPolicyOrder === "InOrder";
}

/** A Job that is terminating still holds its name. */
function createMissing(view: View, placed: Placed): Steps {
  const indexes = Array.from({ length: placed.replicas }, (_, index) => index);
  return indexes
    .filter((index) => !view.jobNames.has(jobNameOf(view.name, placed.job.name, index)))
    .map((index, nth) =>
      create(JobKind, desiredJob(view, placed, index), {
        order: afterServiceAndClaims,
        ...(nth < maxFailureEvents && { as: jobNoun }),
      }),
    );
}

export function planCreation(view: View): PolicySteps {
  // BlockingRecreate: no attempt begins before the last one is gone altogether.
  const blocked = view.spec.failurePolicy?.restartStrategy === "BlockingRecreate" && view.buckets.previous.length > 0;
  const ordered = isInOrder(view) && !view.suspended;
  const planned: PolicyStep[] = [];
  for (const placed of view.replicatedJobs) {
    if (!areDependenciesMet(view, placed)) continue;
    if (ordered && hasStarted(view.counts.get(placed.job.name), placed.replicas)) continue;
    if (!blocked) planned.push(...createMissing(view, placed));
    if (ordered) return [...planned, startupInProgress];
  }
  return ordered ? [...planned, startupCompleted] : planned;
}
