/** A RayCronJob and the RayJobs that it has made, for tables of what a reconcile does. */
import { makeClusterSpec } from "../../api/ray/samples.test-support.ts";
import type { JobDeploymentStatus, RayCronJob, RayCronJobSpec, RayCronJobStatus, RayJob } from "../../api/ray/types.ts";
import type { Plan } from "../../runtime/plan.ts";
import { rayOperatorOptions } from "../raycluster/options.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import { createRayCronJobController } from "./controller.ts";
import type { World } from "./observe.ts";
import { planRayCronJob, type RayCronJobOptions } from "./plan.ts";
import { desiredRayJob } from "./ray-job.ts";

export const options: RayCronJobOptions = { ...rayOperatorOptions("test", {}), timeZone: "UTC" };
const spec = createRayCronJobController({ options, timeZone: "UTC" });
export const created = "2026-01-01T00:00:30Z";
export const jobTemplate = { entrypoint: "python main.py", rayClusterSpec: makeClusterSpec() };

/** Every hour, in UTC. */
export function makeCron(spec: Partial<RayCronJobSpec> = {}, status?: RayCronJobStatus): RayCronJob {
  return {
    apiVersion: "ray.io/v1",
    kind: "RayCronJob",
    metadata: { name: "nightly", namespace: "default", uid: "cron-uid", creationTimestamp: created },
    spec: { schedule: "0 * * * *", jobTemplate, ...spec },
    ...(status && { status }),
  };
}

/** The RayJob that was due at a time. */
export function makeRun(due: string, state: JobDeploymentStatus = "Running", deleted = false): RayJob {
  const job = desiredRayJob(makeCron(), Date.parse(due));
  const metadata = { ...job.metadata, uid: `uid-${due}`, ...(deleted && { deletionTimestamp: due }) };
  return { ...job, metadata, status: { jobDeploymentStatus: state } };
}

export function planAt(now: string, cron: RayCronJob, world: Partial<World> = {}): Plan<RayCronJobStatus> {
  return checkedPlan(spec, planRayCronJob, cron, { jobs: [], failures: [], ...world }, new Date(now), options);
}

/** What a plan does, in short. */
export function summaryOf({ apply, remove, status, events, requeueAfterMs }: Plan<RayCronJobStatus>) {
  return {
    creates: apply.map(({ target }) => target.metadata.name),
    removes: remove.map(({ target }) => target.name),
    status,
    events: events.map(({ type, reason, action, message }) => `${type} ${reason} ${action}: ${message}`),
    requeueAfterMs,
  };
}
