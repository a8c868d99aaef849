/** successPolicy: when enough Jobs have succeeded, the JobSet is Completed. Pure. */
import { again } from "../../../runtime/steps.ts";
import { completed, restartCompleted } from "../conditions.ts";
import { replicatedJobOf } from "../jobs/state.ts";
import { type PolicySteps, setFields } from "../policy-steps.ts";
import type { View } from "../view.ts";

function isSuccessful({ spec, buckets, replicatedJobs }: View): boolean {
  const { operator = "All", targetReplicatedJobs: targets = [] } = spec.successPolicy ?? {};
  const counts = (name: string) => targets.length === 0 || targets.includes(name);
  const successes = buckets.successful.filter((job) => counts(replicatedJobOf(job))).length;
  // One Job at least: a JobSet without any never completes.
  if (successes === 0) return false;
  if (operator === "Any") return true;
  const wanted = replicatedJobs.filter(({ job }) => counts(job.name)).reduce((sum, { replicas }) => sum + replicas, 0);
  return successes >= wanted;
}

/** Nothing while it is not met. Jobs still running are deleted once the status says Completed. */
export function planSuccess(view: View): PolicySteps {
  return isSuccessful(view) ? [completed, restartCompleted, setFields({ terminalState: "Completed" }), again] : [];
}
