/**
 * What a missing field of a JobSet means. The CRD fills in most of it; a JobSet that was stored before, or whose rules
 * have no names (which a schema cannot number), reads the same through `defaultJobSet`.
 */
import type { JobSet, JobSetSpec, ReplicatedJob, VolumeClaimPolicy } from "./types.ts";

export const defaultGroup = "default";

const defaultRuleName = (index: number) => `failurePolicyRule${index}`;

function defaultReplicatedJob(job: ReplicatedJob): ReplicatedJob {
  const { template } = job;
  const pod = template.spec.template;
  return {
    ...job,
    groupName: job.groupName ?? defaultGroup,
    replicas: job.replicas ?? 1,
    template: {
      ...template,
      spec: {
        ...template.spec,
        completionMode: template.spec.completionMode ?? "Indexed",
        template: { ...pod, spec: { ...pod.spec, restartPolicy: pod.spec.restartPolicy || "OnFailure" } },
      },
    },
  };
}

const defaultClaims = (policy: VolumeClaimPolicy): VolumeClaimPolicy => ({
  ...policy,
  retentionPolicy: { whenDeleted: policy.retentionPolicy?.whenDeleted ?? "Delete" },
});

function defaultJobSetSpec(spec: JobSetSpec): JobSetSpec {
  const { failurePolicy } = spec;
  return {
    ...spec,
    successPolicy: spec.successPolicy ?? { operator: "All" },
    startupPolicy: spec.startupPolicy ?? { startupPolicyOrder: "AnyOrder" },
    network: { enableDNSHostnames: true, publishNotReadyAddresses: true, ...spec.network },
    ...(spec.replicatedJobs && { replicatedJobs: spec.replicatedJobs.map(defaultReplicatedJob) }),
    ...(failurePolicy && {
      failurePolicy: {
        ...failurePolicy,
        maxRestarts: failurePolicy.maxRestarts ?? 0,
        restartStrategy: failurePolicy.restartStrategy ?? "Recreate",
        ...(failurePolicy.rules && {
          rules: failurePolicy.rules.map((rule, index) => ({ ...rule, name: rule.name || defaultRuleName(index) })),
        }),
      },
    }),
    ...(spec.volumeClaimPolicies && { volumeClaimPolicies: spec.volumeClaimPolicies.map(defaultClaims) }),
  };
}

/** The same JobSet with every default spelled out. Idempotent. */
export function defaultJobSet(jobSet: JobSet): JobSet {
  return { ...jobSet, spec: defaultJobSetSpec(jobSet.spec ?? {}) };
}
