/** What may change of a JobSet that exists: the rules of JobSet's admission webhook and of its CRD for updates. */
import { finishedCondition } from "./finished.ts";
import type { JobSetGates } from "./crd-rules.ts";
import { isSemanticallyEqual } from "./semantic-equal.ts";
import type { JobSet, JobSetSpec, ReplicatedJob } from "./types.ts";
import type { JobSetProblem } from "./validation.ts";

const valueImmutable = ["network", "successPolicy", "failurePolicy", "startupPolicy", "volumeClaimPolicies"] as const;

/** The replicated job with the fields put back that a queue may change while the JobSet is suspended. */
function withoutPlacement(job: ReplicatedJob, old: ReplicatedJob): ReplicatedJob {
  const pod = job.template.spec.template;
  const { labels, annotations } = old.template.spec.template.metadata ?? {};
  const { nodeSelector, tolerations, schedulingGates } = old.template.spec.template.spec;
  const template = {
    metadata: { ...pod.metadata, labels, annotations },
    spec: { ...pod.spec, nodeSelector, tolerations, schedulingGates },
  };
  return { ...job, template: { ...job.template, spec: { ...job.template.spec, template } } };
}

function withoutScale(job: ReplicatedJob, old: ReplicatedJob): ReplicatedJob {
  const { parallelism, completions } = old.template.spec;
  return {
    ...job,
    template: { ...job.template, spec: { ...job.template.spec, parallelism, completions } },
  };
}

const isIndexed = ({ template }: ReplicatedJob) => template.spec.completionMode === "Indexed";

function scaleProblem(job: ReplicatedJob, old: ReplicatedJob, isFinished: boolean): string | undefined {
  const { parallelism, completions } = job.template.spec;
  const before = old.template.spec;
  if (parallelism === before.parallelism && completions === before.completions) return undefined;
  if (isFinished) return "a finished JobSet cannot be scaled";
  if (parallelism !== undefined && parallelism < 1) return "parallelism must be >= 1";
  if (completions !== undefined && completions < 1) return "completions must be >= 1";
  if (parallelism === undefined || completions === undefined || parallelism === completions) return undefined;
  return "completions must be equal to parallelism for Elastic Indexed Jobs";
}

/** Everything that an update may not change, or not this way; empty when it would be accepted. */
export function validateJobSetUpdate(
  jobSet: JobSet,
  before: JobSet,
  gates: JobSetGates = {},
): readonly JobSetProblem[] {
  const problems: JobSetProblem[] = [];
  const spec: JobSetSpec = jobSet.spec ?? {};
  const old: JobSetSpec = before.spec ?? {};
  for (const field of valueImmutable) {
    const both = spec[field] !== undefined && old[field] !== undefined;
    if (both && !isSemanticallyEqual(spec[field], old[field])) {
      problems.push({ field: `spec.${field}`, message: "Value is immutable" });
    }
  }
  const isOpen = spec.suspend === true || old.suspend === true;
  const masked = (spec.replicatedJobs ?? []).map((job) => {
    const same = old.replicatedJobs?.find(({ name }) => name === job.name);
    if (!same) return job;
    const placed = isOpen ? withoutPlacement(job, same) : job;
    return gates.elasticJobSet && isIndexed(job) ? withoutScale(placed, same) : placed;
  });
  if (!isSemanticallyEqual(masked, old.replicatedJobs ?? [])) {
    problems.push({ field: "spec.replicatedJobs", message: "field is immutable" });
  }
  if (spec.managedBy !== old.managedBy) problems.push({ field: "spec.managedBy", message: "field is immutable" });
  if (!gates.elasticJobSet) return problems;
  const isFinished = finishedCondition(before) !== undefined;
  for (const [index, job] of (spec.replicatedJobs ?? []).entries()) {
    const same = old.replicatedJobs?.find(({ name }) => name === job.name);
    const message = same && isIndexed(job) ? scaleProblem(job, same, isFinished) : undefined;
    if (message) problems.push({ field: `spec.replicatedJobs[${index}].template.spec`, message });
  }
  return problems;
}
