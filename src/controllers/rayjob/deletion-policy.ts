/** What happens to a RayJob that has ended: its cluster, its workers or itself are deleted in time. Pure. */
import { RayCluster as RayClusterKind, RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { DeletionPolicy, RayCluster, RayJob } from "../../api/ray/types.ts";
import { patch, remove, soonest, type Step, type Steps } from "../../runtime/steps.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { rayCluster } from "./events.ts";
import { removeCluster } from "./ray-cluster.ts";
import type { PlanInput } from "./transition.ts";

interface Due {
  readonly policy: DeletionPolicy;
  readonly at: number;
}

const impact: readonly DeletionPolicy[] = ["DeleteNone", "DeleteWorkers", "DeleteCluster", "DeleteSelf"];

/** Everything that is to happen, and when. */
function dues({ spec, status }: RayJob, options: RayOperatorOptions): readonly Due[] {
  const end = Date.parse(status?.endTime ?? "");
  const after = (policy: DeletionPolicy | undefined, seconds = 0): readonly Due[] =>
    policy ? [{ policy, at: end + seconds * 1000 }] : [];
  const { deletionStrategy: strategy, ttlSecondsAfterFinished } = spec;
  if (strategy?.deletionRules?.length) {
    return strategy.deletionRules
      .filter(
        ({ condition }) =>
          (condition.jobStatus !== undefined && condition.jobStatus === status?.jobStatus) ||
          (condition.jobDeploymentStatus !== undefined &&
            condition.jobDeploymentStatus === status?.jobDeploymentStatus),
      )
      .flatMap(({ policy, condition }) => after(policy, condition.ttlSeconds));
  }
  if (strategy) {
    const { jobStatus } = status ?? {};
    const policy =
      jobStatus === "SUCCEEDED"
        ? strategy.onSuccess?.policy
        : jobStatus === "FAILED"
          ? strategy.onFailure?.policy
          : undefined;
    return after(policy, ttlSecondsAfterFinished);
  }
  if (!spec.shutdownAfterJobFinishes) return [];
  return after(options.deleteRayJobAfterJobFinishes ? "DeleteSelf" : "DeleteCluster", ttlSecondsAfterFinished);
}

function isDone(policy: DeletionPolicy, cluster: RayCluster | undefined): boolean {
  const gone = !cluster || cluster.metadata.deletionTimestamp !== undefined;
  if (policy === "DeleteNone") return true;
  if (policy === "DeleteCluster") return gone;
  if (policy === "DeleteWorkers")
    return gone || (cluster.spec.workerGroupSpecs ?? []).every((group) => group.suspend === true);
  return false;
}

function suspendWorkers({ apiVersion, kind, metadata: { name, namespace }, spec }: RayCluster): Step {
  const workerGroupSpecs = spec.workerGroupSpecs?.map((group) => ({ ...group, suspend: true }));
  const target = { apiVersion, kind, metadata: { name, namespace }, spec: { workerGroupSpecs } };
  return patch(RayClusterKind, target, { as: rayCluster });
}

function carryOut(policy: DeletionPolicy, job: RayJob, cluster: RayCluster | undefined): Steps {
  if (policy === "DeleteSelf") return [remove(RayJobKind, job)];
  if (!cluster || policy === "DeleteNone") return [];
  return [policy === "DeleteCluster" ? removeCluster(cluster) : suspendWorkers(cluster)];
}

export function planDeletions({ job, world: { cluster }, now, options }: PlanInput): Steps {
  // A chosen cluster is somebody else's.
  if (job.spec.clusterSelector) return [];
  const open = dues(job, options).filter(({ policy }) => !isDone(policy, cluster));
  const [worst] = open
    .filter(({ at }) => at <= now.getTime())
    .toSorted((a, b) => impact.indexOf(b.policy) - impact.indexOf(a.policy));
  const next = open.filter(({ at }) => at > now.getTime()).map(({ at }) => at - now.getTime() + 100);
  return [...(worst ? carryOut(worst.policy, job, cluster) : []), ...soonest(...next)];
}
