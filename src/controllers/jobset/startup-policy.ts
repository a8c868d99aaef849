/** Creates the Jobs that are missing, in the order that dependsOn and startupPolicy allow. Pure. */
import { Job as JobKind } from "../../api/core/kinds.ts";
import { jobNameOf } from "../../api/jobset/names.ts";
import type { Apply } from "../../runtime/plan.ts";
import { startupCompleted, startupInProgress } from "./conditions.ts";
import { hasStarted } from "./counters.ts";
import type { Decision } from "./decision.ts";
import { areDependenciesMet } from "./depends-on.ts";
import { jobCreationFailed } from "./events.ts";
import { desiredJob } from "./job.ts";
import type { Placed, View } from "./view.ts";

/** After what their pods need: without the Service or a claim they could only fail, and use restarts up. */
const afterServiceAndClaims = 1;

/** A template that the API server refuses is refused for every Job alike: tell of the first few only. */
const maxFailureEvents = 10;

export function isInOrder({ spec }: View): boolean {
  return spec.startupPolicy?.startupPolicyOrder === "InOrder";
}

/** A Job that is terminating still holds its name. */
function missingJobs(view: View, placed: Placed): readonly Apply[] {
  const indexes = Array.from({ length: placed.replicas }, (_, index) => index);
  return indexes
    .filter((index) => !view.jobNames.has(jobNameOf(view.name, placed.job.name, index)))
    .map((index, nth): Apply => {
      const target = desiredJob(view, placed, index);
      const told = nth < maxFailureEvents && { onFailure: jobCreationFailed(target.metadata.name ?? "") };
      const order = afterServiceAndClaims;
      return { kind: JobKind, target, mode: "create", order, failureReason: "JobCreationFailed", ...told };
    });
}

export function planCreation(view: View): Decision {
  // BlockingRecreate: no attempt begins before the last one is gone altogether.
  const blocked = view.spec.failurePolicy?.restartStrategy === "BlockingRecreate" && view.buckets.previous.length > 0;
  const ordered = isInOrder(view) && !view.suspended;
  const apply: Apply[] = [];
  for (const placed of view.replicatedJobs) {
    if (!areDependenciesMet(view, placed)) continue;
    if (ordered && hasStarted(view.counts.get(placed.job.name), placed.replicas)) continue;
    if (!blocked) apply.push(...missingJobs(view, placed));
    if (ordered) return { apply, conditions: [startupInProgress] };
  }
  return { apply, conditions: ordered ? [startupCompleted] : [] };
}
