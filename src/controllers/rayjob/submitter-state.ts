/** How far the submitter is: a Job of its own, or a container beside the head's Ray. Pure. */
import { containerNames } from "../../api/containers.ts";
import type { Job } from "../../api/batch/job.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Time } from "../../meta/object.ts";

/** Name of the submitter's container where the operator writes it. */

export interface Submitter {
  /** When it ended, however. */
  readonly finishedAt?: Time;
  /** Why it failed, in words; absent when it did not. */
  readonly failure?: string;
}

export function submitterOfJob(job: Job | undefined): Submitter {
  const conditions = job?.status?.conditions ?? [];
  const end = conditions.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
  if (!end) return {};
  const finishedAt = end.lastTransitionTime;
  if (end.type === "Complete") return { finishedAt };
  const failure = `Job submission has failed. Reason: ${end.reason ?? ""}. Message: ${end.message ?? ""}`;
  return { finishedAt, failure };
}

export function submitterOfHead(head: Pod | undefined): Submitter {
  const own = head?.status?.containerStatuses?.find(({ name }) => name === containerNames.submitter);
  const ended = own?.state?.terminated;
  if (!ended) return {};
  const { finishedAt, exitCode, reason = "" } = ended;
  if (exitCode === 0) return { finishedAt };
  const failure = `Ray head pod container ${containerNames.submitter} terminated with exit code ${exitCode}: ${reason}`;
  return { finishedAt, failure };
}
