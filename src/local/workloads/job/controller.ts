/** The Job controller (batch/v1): sees the pods of each Job and plans; everything decided is in plan.ts. */
import type { Job, JobStatus } from "../../../api/batch/job.ts";
import { Job as JobKind, Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import type { ControllerSpec } from "../../../runtime/spec.ts";
import { type JobWorld, planJob } from "./plan.ts";

/** The value of `spec.managedBy` that names this controller; absent means the same. */
const ownName = "kubernetes.io/job-controller";

export const jobController: ControllerSpec<Job, JobWorld, JobStatus> = {
  name: "job",
  root: JobKind,
  rootWrites: ["patch"],
  owns: [{ kind: PodKind, writes: ["create", "patch", "delete"] }],
  // Its own status writes are steps of the pod tracking: each allows the next.
  rootChanged: (before, after) => before.metadata.resourceVersion !== after.metadata.resourceVersion,
  manages: (job) => job.spec.managedBy === undefined || job.spec.managedBy === ownName,
  observe: (job, cache) => ({
    pods: cache.list<Pod>(PodKind, {
      ...(job.metadata.namespace !== undefined && { namespace: job.metadata.namespace }),
      controllerUid: job.metadata.uid ?? "",
    }),
  }),
  plan: planJob,
};
