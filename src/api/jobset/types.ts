/**
 * jobset.x-k8s.io/v1alpha2 JobSet: a group of batch/v1 Jobs that start, fail, restart and finish together.
 * Fields as they travel in JSON; what a missing one means is in defaults.ts.
 */
import type { JobSpec } from "../batch/job.ts";
import type { PodTemplateSpec } from "../core/pod.ts";
import type { Condition } from "../../meta/condition.ts";
import type { KubeObject, ObjectMeta } from "../../meta/object.ts";

export interface JobTemplate {
  readonly metadata?: ObjectMeta;
  readonly spec: JobSpec & { readonly template: PodTemplateSpec };
}

export interface DependsOn {
  /** A replicated job that comes earlier in the list. */
  readonly name: string;
  readonly status: "Ready" | "Complete";
}

export interface ReplicatedJob {
  readonly name: string;
  readonly groupName?: string;
  readonly template: JobTemplate;
  readonly replicas?: number;
  readonly dependsOn?: readonly DependsOn[];
}

export interface Network {
  readonly enableDNSHostnames?: boolean;
  /** Name of the headless Service; the JobSet's name when absent. */
  readonly subdomain?: string;
  readonly publishNotReadyAddresses?: boolean;
}

export interface SuccessPolicy {
  readonly operator: "All" | "Any";
  /** Absent or empty: all of them. */
  readonly targetReplicatedJobs?: readonly string[];
}

export const failurePolicyActions = [
  "FailJobSet",
  "RestartJobSet",
  "RestartJobSetAndIgnoreMaxRestarts",
  "RestartJob",
  "RestartJobAndIgnoreMaxRestarts",
] as const;
export type FailurePolicyAction = (typeof failurePolicyActions)[number];

export const restartStrategies = ["Recreate", "BlockingRecreate", "InPlaceRestart"] as const;
export type RestartStrategy = (typeof restartStrategies)[number];

/** Reasons of a Job's Failed condition that a rule may name. */
export const jobFailureReasons = [
  "BackoffLimitExceeded",
  "DeadlineExceeded",
  "FailedIndexes",
  "MaxFailedIndexesExceeded",
  "PodFailurePolicy",
] as const;

export interface FailurePolicyRule {
  readonly name?: string;
  readonly action: FailurePolicyAction;
  readonly onJobFailureReasons?: readonly string[];
  /** RE2 patterns searched for in the Failed condition's message. */
  readonly onJobFailureMessagePatterns?: readonly string[];
  readonly targetReplicatedJobs?: readonly string[];
}

export interface FailurePolicy {
  readonly maxRestarts?: number;
  readonly restartStrategy?: RestartStrategy;
  readonly rules?: readonly FailurePolicyRule[];
}

export interface StartupPolicy {
  readonly startupPolicyOrder: "AnyOrder" | "InOrder";
}

/** The pod that all others are told the address of. */
export interface Coordinator {
  readonly replicatedJob: string;
  readonly jobIndex?: number;
  readonly podIndex?: number;
}

export interface VolumeClaimTemplate {
  readonly metadata?: ObjectMeta;
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface VolumeClaimPolicy {
  readonly templates?: readonly VolumeClaimTemplate[];
  readonly retentionPolicy?: { readonly whenDeleted?: "Delete" | "Retain" };
}

export interface JobSetSpec {
  readonly replicatedJobs?: readonly ReplicatedJob[];
  readonly network?: Network;
  readonly successPolicy?: SuccessPolicy;
  readonly failurePolicy?: FailurePolicy;
  readonly startupPolicy?: StartupPolicy;
  readonly suspend?: boolean;
  readonly coordinator?: Coordinator;
  readonly managedBy?: string;
  readonly ttlSecondsAfterFinished?: number;
  readonly volumeClaimPolicies?: readonly VolumeClaimPolicy[];
}

export interface ReplicatedJobStatus {
  readonly name: string;
  readonly ready: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly active: number;
  readonly suspended: number;
  /** By job index; absent until a Job was restarted on its own. */
  readonly jobRestarts?: readonly number[];
  readonly jobRestartsCountTowardsMax?: readonly number[];
}

export interface JobSetStatus {
  readonly conditions?: readonly Condition[];
  readonly restarts?: number;
  readonly restartsCountTowardsMax?: number;
  readonly terminalState?: "Completed" | "Failed";
  readonly replicatedJobsStatus?: readonly ReplicatedJobStatus[];
  readonly previousInPlaceRestartAttempt?: number;
  readonly currentInPlaceRestartAttempt?: number;
}

export interface JobSet extends KubeObject {
  readonly spec?: JobSetSpec;
  readonly status?: JobSetStatus;
}
