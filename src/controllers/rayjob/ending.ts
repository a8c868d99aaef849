/** A RayJob whose attempt is over: what it made goes, it waits to be resumed, or it has ended for good. Pure. */
import type { RayJobStatus } from "../../api/ray/types.ts";
import { again, setStatus } from "../../runtime/steps.ts";
import { planDeletions } from "./deletion-policy.ts";
import { removeCluster } from "./ray-cluster.ts";
import { planNew } from "./starting.ts";
import { removeSubmitter } from "./submitter.ts";
import type { JobSteps, PlanInput } from "./transition.ts";

const isLeaving = (object: { readonly metadata: { readonly deletionTimestamp?: string } }) =>
  object.metadata.deletionTimestamp !== undefined;

/** Suspending and Retrying: what the attempt made goes, then the job waits or begins anew. */
export function planTeardown({ job, world }: PlanInput): JobSteps {
  const cluster = job.spec.clusterSelector ? undefined : world.cluster;
  const { submitter } = world;
  if (cluster || submitter) {
    return [
      ...(cluster && !isLeaving(cluster) ? [removeCluster(cluster)] : []),
      ...(submitter && !isLeaving(submitter) ? [removeSubmitter(submitter)] : []),
    ];
  }
  const { startTime, endTime, failed, succeeded } = job.status ?? {};
  const next = job.status?.jobDeploymentStatus === "Suspending" ? "Suspended" : "";
  const status: RayJobStatus = { startTime, endTime, failed, succeeded, jobStatus: "", jobDeploymentStatus: next };
  return [setStatus(status), again];
}

export const planSuspended = (input: PlanInput): JobSteps => (input.job.spec.suspend ? [] : planNew(input));

export const planEnded = (input: PlanInput): JobSteps => planDeletions(input);
