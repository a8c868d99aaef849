/** ttlSecondsAfterFinished: a finished JobSet is deleted that long after its end. Pure. */
import { finishedCondition } from "../../../api/jobset/finished.ts";
import { JobSet as JobSetKind } from "../../../api/jobset/kinds.ts";
import type { JobSet } from "../../../api/jobset/types.ts";
import { remove, requeue, type Steps } from "../../../runtime/steps.ts";

export function planTtl(jobSet: JobSet, now: Date): Steps {
  const ttl = jobSet.spec?.ttlSecondsAfterFinished;
  const finished = finishedCondition(jobSet);
  if (ttl === undefined || !finished) return [];
  const end = Date.parse(finished.lastTransitionTime);
  if (Number.isNaN(end)) throw new Error(`condition ${finished.type} has no time`);
  const left = end + ttl * 1000 - now.getTime();
  return [left > 0 ? requeue(left) : remove(JobSetKind, jobSet, { propagationPolicy: "Foreground" })];
}
