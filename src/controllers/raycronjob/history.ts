/** The RayJobs of a RayCronJob: which of them still run, and which that have ended are too many to keep. Pure. */
import { annotations } from "../../api/ray/labels.ts";
import { RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { JobDeploymentStatus, RayCronJob, RayJob } from "../../api/ray/types.ts";
import { remove, type Steps } from "../../runtime/steps.ts";
import { rayJob } from "./events.ts";

type End = "succeeded" | "failed";

const ends: Readonly<Record<JobDeploymentStatus, End | undefined>> = {
  "": undefined,
  Initializing: undefined,
  Waiting: undefined,
  Running: undefined,
  Suspending: undefined,
  Suspended: undefined,
  Retrying: undefined,
  Complete: "succeeded",
  Failed: "failed",
  ValidationFailed: "failed",
};

const endOf = ({ status }: RayJob): End | undefined => ends[status?.jobDeploymentStatus ?? ""];

/** One that is being deleted may still hold its cluster. */
export const isActive = (job: RayJob): boolean => endOf(job) === undefined;

export const isDeleting = ({ metadata }: RayJob): boolean => metadata.deletionTimestamp !== undefined;

const dueAt = ({ metadata }: RayJob): string =>
  metadata.annotations?.[annotations.scheduledAt] ?? metadata.creationTimestamp ?? "";

/** After the run that is due: what is kept of old ones must not keep a new one from starting. */
export const historyOrder = 2;

/** Deletes the oldest; without a limit all are kept. */
export function trimHistory({ spec }: RayCronJob, jobs: readonly RayJob[]): Steps {
  const limits = { succeeded: spec.successfulJobsHistoryLimit, failed: spec.failedJobsHistoryLimit };
  return (["succeeded", "failed"] as const).flatMap((end) => {
    const limit = limits[end];
    if (limit === undefined) return [];
    const ended = jobs.filter((job) => endOf(job) === end && !isDeleting(job));
    const newestFirst = ended.toSorted((a, b) => (dueAt(a) < dueAt(b) ? 1 : -1));
    return newestFirst.slice(limit).map((job) => remove(RayJobKind, job, { as: rayJob, order: historyOrder }));
  });
}
