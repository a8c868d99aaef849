/** What happens to a RayJob that has ended: its cluster, its workers or itself are deleted in time. Pure. */
import { RayCluster as RayClusterKind, RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { DeletionPolicy, RayCluster, RayJob } from "../../api/ray/types.ts";
import type { Apply, Remove } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";

export interface FinishPlan {
  readonly apply: readonly Apply[];
  readonly remove: readonly Remove[];
  readonly requeueAfterMs?: number;
}

interface Due {
  readonly policy: DeletionPolicy;
  readonly at: number;
}

const nothing: FinishPlan = { apply: [], remove: [] };
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

export function removeCluster({ metadata: { namespace, name = "", uid } }: RayCluster): Remove {
  return {
    target: { kind: RayClusterKind, namespace, name, uid },
    onSuccess: {
      type: "Normal",
      reason: "DeletedRayCluster",
      action: "Delete",
      message: `Deleted RayCluster ${namespace}/${name}`,
    },
    onFailure: {
      type: "Warning",
      reason: "FailedToDeleteRayCluster",
      action: "Delete",
      message: `Failed to delete RayCluster ${namespace}/${name}`,
    },
  };
}

function carryOut(policy: DeletionPolicy, job: RayJob, cluster: RayCluster | undefined): FinishPlan {
  if (policy === "DeleteSelf") {
    const { namespace, name = "", uid } = job.metadata;
    return { apply: [], remove: [{ target: { kind: RayJobKind, namespace, name, uid } }] };
  }
  if (!cluster || policy === "DeleteNone") return nothing;
  if (policy === "DeleteCluster") return { apply: [], remove: [removeCluster(cluster)] };
  const { apiVersion, kind, metadata, spec } = cluster;
  const workerGroupSpecs = spec.workerGroupSpecs?.map((group) => ({ ...group, suspend: true }));
  const target = {
    apiVersion,
    kind,
    metadata: { name: metadata.name, namespace: metadata.namespace },
    spec: { workerGroupSpecs },
  };
  const whose = `the workers of RayCluster ${metadata.namespace}/${metadata.name}`;
  const told = {
    onSuccess: { type: "Normal", reason: "UpdatedRayCluster", action: "Update", message: `Suspended ${whose}` },
    onFailure: {
      type: "Warning",
      reason: "FailedToUpdateRayCluster",
      action: "Update",
      message: `Failed to suspend ${whose}`,
    },
  } as const;
  return { apply: [{ kind: RayClusterKind, target, mode: "patch", ...told }], remove: [] };
}

export function planFinish(
  job: RayJob,
  cluster: RayCluster | undefined,
  now: Date,
  options: RayOperatorOptions,
): FinishPlan {
  // A chosen cluster is somebody else's.
  if (job.spec.clusterSelector) return nothing;
  const open = dues(job, options).filter(({ policy }) => !isDone(policy, cluster));
  const [worst] = open
    .filter(({ at }) => at <= now.getTime())
    .toSorted((a, b) => impact.indexOf(b.policy) - impact.indexOf(a.policy));
  const next = open.filter(({ at }) => at > now.getTime()).map(({ at }) => at);
  const wake = next.length > 0 ? { requeueAfterMs: Math.min(...next) - now.getTime() + 100 } : {};
  return { ...(worst ? carryOut(worst.policy, job, cluster) : nothing), ...wake };
}
