/** How a RayJob stays in its state or moves on to the next, in every state the same way. Pure. */
import { formatTime } from "../../meta/condition.ts";
import type { RayJob, RayJobStatus } from "../../api/ray/types.ts";
import { again, setStatus, soonest, type Steps } from "../../runtime/steps.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { countAttempt, isFinished, nextLimit } from "./checks.ts";
import type { World } from "./observe.ts";

export type JobSteps = Steps<RayJobStatus>;

export interface PlanInput {
  readonly job: RayJob;
  readonly world: World;
  readonly now: Date;
  readonly options: RayOperatorOptions;
}

/** A state that lasts is requeued when the next limit runs out: all else that matters requeues by itself. */
export function stay({ job, now, options }: PlanInput, status: RayJobStatus, more: JobSteps = []): JobSteps {
  return [...more, setStatus(status), ...soonest(nextLimit({ ...job, status }, now, options))];
}

export const modeOf = ({ spec }: RayJob): string => spec.submissionMode || "K8sJobMode";
export const hasSubmitter = (job: RayJob): boolean => modeOf(job) === "K8sJobMode" || modeOf(job) === "SidecarMode";

/** Writes a state, and is requeued at once when it is another one; an attempt that ends is counted. */
export function move(input: PlanInput, change: Partial<RayJobStatus>, more: JobSteps = []): JobSteps {
  const before = input.job.status?.jobDeploymentStatus;
  const next = countAttempt(input.job, { ...input.job.status, ...change });
  const ends = isFinished(next.jobDeploymentStatus) && !isFinished(before);
  const status = { ...next, ...(ends && { endTime: formatTime(input.now) }) };
  if (next.jobDeploymentStatus === before) return stay(input, status, more);
  // What was asked in the state that is left is asked no more.
  return [...more.filter((step) => step.do !== "act"), setStatus(status), again];
}
