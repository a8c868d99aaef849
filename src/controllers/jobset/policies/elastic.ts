/** ElasticJobSet (gate): active Indexed Jobs follow the parallelism and completions of their template. Pure. */
import type { Job } from "../../../api/batch/job.ts";
import type { Steps } from "../../../runtime/steps.ts";
import { replicatedJobOf } from "../jobs/state.ts";
import { patchJob } from "../jobs/steps.ts";
import type { View } from "../view.ts";

export function planElastic(view: View): Steps {
  if (!view.gates.elasticJobSet) return [];
  const wanted = new Map(view.replicatedJobs.map(({ job }) => [job.name, job.template.spec]));
  const scale = (job: Job): Steps => {
    const { parallelism, completions } = wanted.get(replicatedJobOf(job)) ?? {};
    // Both together or not at all: the Job API takes nothing else.
    if (parallelism === undefined || parallelism !== completions) return [];
    if (job.spec.parallelism === parallelism && job.spec.completions === completions) return [];
    return [patchJob(job, { spec: { parallelism, completions } })];
  };
  return view.buckets.active.flatMap(scale);
}
