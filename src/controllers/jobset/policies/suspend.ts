/**
 * Suspends the active Jobs, or resumes them with the placement that a queue has put into the JobSet's templates
 * meanwhile. A Job that had started loses its start time first: only then may its template change. Pure.
 */
import type { Job } from "../../../api/batch/job.ts";
import type { PodTemplateSpec } from "../../../api/core/pod.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import type { Steps } from "../../../runtime/steps.ts";
import { restartSuspended, resumed, startupInProgress, suspended } from "../conditions.ts";
import { hasStarted } from "../jobs/counters.ts";
import { areDependenciesMet } from "./depends-on.ts";
import { replicatedJobOf } from "../jobs/state.ts";
import { patchJob } from "../jobs/steps.ts";
import type { PolicyStep, PolicySteps } from "../policy-steps.ts";
import { isInOrder } from "./startup-policy.ts";
import type { Placed, View } from "../view.ts";

/** What is there, then what is new. */
function union<T>(there: readonly T[] = [], wanted: readonly T[] = []): readonly T[] | undefined {
  const added = wanted.filter((item) => !there.some((other) => deepEqual(other, item)));
  return added.length > 0 ? [...there, ...added] : undefined;
}

/** Nothing is ever taken away from the Job's template: other admissions may have added to it. */
function mergedTemplate(job: Job, { metadata, spec }: PodTemplateSpec): Readonly<Record<string, unknown>> {
  const live = job.spec.template.spec;
  const tolerations = union(live.tolerations, spec.tolerations);
  const schedulingGates = union(live.schedulingGates, spec.schedulingGates);
  return {
    metadata: {
      ...(metadata?.labels && { labels: metadata.labels }),
      ...(metadata?.annotations && { annotations: metadata.annotations }),
    },
    spec: {
      ...(spec.nodeSelector && { nodeSelector: spec.nodeSelector }),
      ...(tolerations && { tolerations }),
      ...(schedulingGates && { schedulingGates }),
    },
  };
}

function resumeJob(job: Job, placed: Placed): Steps {
  const template = mergedTemplate(job, placed.job.template.spec.template);
  const start = patchJob(job, { spec: { suspend: false, template } }, { order: 1 });
  if (job.status?.startTime === undefined) return [start];
  return [patchJob(job, { status: { startTime: null } }, { subresource: "status" }), start];
}

function planSuspension({ buckets }: View): PolicySteps {
  const running = buckets.active.filter((job) => job.spec.suspend !== true);
  return [...running.map((job) => patchJob(job, { spec: { suspend: true } })), suspended, restartSuspended];
}

/** In order, Suspended ends only when the last replicated job was resumed. */
function planResumption(view: View): PolicySteps {
  const planned: PolicyStep[] = [];
  for (const placed of view.replicatedJobs) {
    if (!areDependenciesMet(view, placed)) continue;
    if (isInOrder(view) && hasStarted(view.counts.get(placed.job.name), placed.replicas)) continue;
    const waiting = view.buckets.active.filter(
      (job) => job.spec.suspend === true && replicatedJobOf(job) === placed.job.name,
    );
    planned.push(...waiting.flatMap((job) => resumeJob(job, placed)));
    if (isInOrder(view)) return [...planned, startupInProgress];
  }
  return [...planned, resumed];
}

export function planSuspend(view: View): PolicySteps {
  return view.suspended ? planSuspension(view) : planResumption(view);
}
