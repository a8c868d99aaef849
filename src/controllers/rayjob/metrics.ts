/** The gauges of RayJobs, under KubeRay's names: what is read from the object, and how long each attempt took. Pure. */
import type { RayJob } from "../../api/ray/types.ts";
import type { Metric, Sample } from "../../runtime/metric.ts";
import { identityLabels, identityOf } from "../raycluster/metrics.ts";

const ends: readonly (string | undefined)[] = ["Complete", "Failed", "Retrying"];

/** What to say of an update that ends an attempt. `retry_count` is the number of attempts that had failed before. */
function endedAttempt(before: RayJob | undefined, after: RayJob, now: Date): Sample | undefined {
  const { jobDeploymentStatus, startTime, endTime } = after.status ?? {};
  if (!before || !ends.includes(jobDeploymentStatus) || startTime === undefined) return undefined;
  if (before.status?.jobDeploymentStatus === jobDeploymentStatus) return undefined;
  const end = jobDeploymentStatus === "Retrying" || endTime === undefined ? now.getTime() : Date.parse(endTime);
  return {
    labels: {
      ...identityOf(after),
      job_deployment_status: jobDeploymentStatus ?? "",
      retry_count: String(before.status?.failed ?? 0),
    },
    value: (end - Date.parse(startTime)) / 1000,
  };
}

export const metrics: readonly Metric<RayJob>[] = [
  {
    type: "read",
    name: "kuberay_job_info",
    help: "RayJobs",
    labelNames: identityLabels,
    sample: (job) => ({ labels: identityOf(job), value: 1 }),
  },
  {
    type: "read",
    name: "kuberay_job_deployment_status",
    help: "The deployment status of a RayJob",
    labelNames: [...identityLabels, "deployment_status"],
    sample: (job) => ({
      labels: { ...identityOf(job), deployment_status: job.status?.jobDeploymentStatus ?? "" },
      value: 1,
    }),
  },
  {
    type: "keep",
    name: "kuberay_job_execution_duration_seconds",
    help: "Seconds from the start of an attempt of a RayJob to its end",
    labelNames: [...identityLabels, "job_deployment_status", "retry_count"],
    sample: endedAttempt,
  },
];
