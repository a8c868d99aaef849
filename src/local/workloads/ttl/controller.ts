/** Deletes finished Jobs `ttlSecondsAfterFinished` after they ended. The garbage collector takes their pods. */
import type { Job } from "../../../api/batch/job.ts";
import { Job as JobKind } from "../../../api/core/kinds.ts";
import type { ControllerSpec } from "../../../runtime/spec.ts";
import { remove, requeue, type Steps } from "../../../runtime/steps.ts";
import { terminalCondition } from "../job/verdict.ts";

export function planTtl(job: Job, now: Date): Steps {
  const ttl = job.spec.ttlSecondsAfterFinished;
  const ended = terminalCondition(job)?.lastTransitionTime;
  if (ttl === undefined || ended === undefined || job.metadata.deletionTimestamp !== undefined) return [];
  const left = Date.parse(ended) + ttl * 1000 - now.getTime();
  if (left > 0) return [requeue(left)];
  return [remove(JobKind, job, { propagationPolicy: "Foreground" })];
}

export const ttlController: ControllerSpec<Job, undefined, never> = {
  name: "ttl-after-finished",
  root: JobKind,
  rootWrites: ["delete"],
  owns: [],
  rootChanged: (before, after) => before.metadata.resourceVersion !== after.metadata.resourceVersion,
  manages: (job) => job.spec.ttlSecondsAfterFinished !== undefined,
  observe: () => undefined,
  plan: (job, _, now) => planTtl(job, now),
};
