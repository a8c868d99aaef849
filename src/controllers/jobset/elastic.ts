/** ElasticJobSet (gate): active Indexed Jobs follow the parallelism and completions of their template. Pure. */
import type { Job } from "../../api/batch/job.ts";
import { Job as JobKind } from "../../api/core/kinds.ts";
import type { Apply } from "../../runtime/plan.ts";
import type { Decision } from "./decision.ts";
import { replicatedJobOf } from "./job-state.ts";
import { jobPatch } from "./suspend.ts";
import type { View } from "./view.ts";

export function planElastic(view: View): Decision {
  if (!view.gates.elasticJobSet) return {};
  const wanted = new Map(view.replicatedJobs.map(({ job }) => [job.name, job.template.spec]));
  const scale = (job: Job): readonly Apply[] => {
    const { parallelism, completions } = wanted.get(replicatedJobOf(job)) ?? {};
    // Both together or not at all: the Job API takes nothing else.
    if (parallelism === undefined || parallelism !== completions) return [];
    if (job.spec.parallelism === parallelism && job.spec.completions === completions) return [];
    const target = jobPatch(job, { spec: { parallelism, completions } });
    return [{ kind: JobKind, target, mode: "patch", failureReason: "JobUpdateFailed" }];
  };
  return { apply: view.buckets.active.flatMap(scale) };
}
