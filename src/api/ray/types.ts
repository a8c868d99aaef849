/** ray.io/v1: RayCluster, RayJob and RayCronJob as they travel in JSON. Fields that only pass through are left as unknown JSON. */
import type {
  EnvFromSource,
  EnvVar,
  Json,
  PodTemplateSpec,
  Quantity,
  ResourceRequirements,
  VolumeMount,
} from "../core/pod.ts";
import type { Service } from "../core/service.ts";
import type { Condition } from "../../meta/condition.ts";
import type { KubeObject, Time } from "../../meta/object.ts";

export type StringMap = Readonly<Record<string, string>>;

export interface AutoscalerOptions {
  readonly resources?: ResourceRequirements;
  readonly image?: string;
  readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
  readonly securityContext?: Json;
  readonly idleTimeoutSeconds?: number;
  readonly upscalingMode?: string;
  readonly version?: "v1" | "v2";
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly EnvFromSource[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

interface Group {
  readonly template: PodTemplateSpec;
  readonly rayStartParams?: StringMap;
  readonly resources?: StringMap;
  readonly labels?: StringMap;
}

export interface HeadGroupSpec extends Group {
  readonly headService?: Service;
  readonly enableIngress?: boolean;
  readonly ingressOptions?: {
    readonly host?: string;
    readonly path?: string;
    readonly pathType?: string;
    readonly tls?: readonly Json[];
  };
  readonly serviceType?: "ClusterIP" | "NodePort" | "LoadBalancer";
}

export interface WorkerGroupSpec extends Group {
  readonly groupName: string;
  readonly replicas?: number;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly numOfHosts?: number;
  readonly priority?: number;
  readonly idleTimeoutSeconds?: number;
  readonly suspend?: boolean;
  readonly scaleStrategy?: { readonly workersToDelete?: readonly string[] };
}

export interface RedisCredential {
  readonly value?: string;
  readonly valueFrom?: EnvVar["valueFrom"];
}

export interface GcsFaultToleranceOptions {
  readonly backend?: "redis" | "rocksdb";
  readonly redisAddress?: string;
  readonly redisUsername?: RedisCredential;
  readonly redisPassword?: RedisCredential;
  readonly externalStorageNamespace?: string;
  readonly storage?: Json;
}

export interface RayClusterSpec {
  readonly rayVersion?: string;
  readonly suspend?: boolean;
  readonly managedBy?: string;
  readonly enableInTreeAutoscaling?: boolean;
  readonly autoscalerOptions?: AutoscalerOptions;
  readonly headServiceAnnotations?: StringMap;
  readonly upgradeStrategy?: { readonly type?: "Recreate" | "None" };
  readonly authOptions?: {
    readonly mode?: "disabled" | "token";
    readonly secretName?: string;
    readonly enableK8sTokenAuth?: boolean;
  };
  readonly gcsFaultToleranceOptions?: GcsFaultToleranceOptions;
  readonly historyServerOptions?: Json;
  readonly networkPolicy?: Json;
  readonly tlsOptions?: { readonly enabled?: boolean };
  readonly headGroupSpec: HeadGroupSpec;
  readonly workerGroupSpecs?: readonly WorkerGroupSpec[];
}

export interface HeadInfo {
  readonly podIP?: string;
  readonly podName?: string;
  readonly serviceIP?: string;
  readonly serviceName?: string;
}

export interface RayClusterStatus {
  readonly state?: "ready" | "suspended" | "failed";
  readonly reason?: string;
  readonly desiredCPU?: Quantity;
  readonly desiredMemory?: Quantity;
  readonly desiredGPU?: Quantity;
  readonly desiredTPU?: Quantity;
  readonly desiredWorkerReplicas?: number;
  readonly availableWorkerReplicas?: number;
  readonly readyWorkerReplicas?: number;
  readonly minWorkerReplicas?: number;
  readonly maxWorkerReplicas?: number;
  readonly lastUpdateTime?: Time;
  readonly stateTransitionTimes?: Readonly<Record<string, Time>>;
  readonly endpoints?: StringMap;
  readonly head?: HeadInfo;
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

export interface RayCluster extends KubeObject {
  readonly spec: RayClusterSpec;
  readonly status?: RayClusterStatus;
}

export type JobStatus = "" | "PENDING" | "RUNNING" | "STOPPED" | "SUCCEEDED" | "FAILED";
export type JobDeploymentStatus =
  | ""
  | "Initializing"
  | "Waiting"
  | "Running"
  | "Complete"
  | "Failed"
  | "ValidationFailed"
  | "Suspending"
  | "Suspended"
  | "Retrying";

export type DeletionPolicy = "DeleteCluster" | "DeleteWorkers" | "DeleteSelf" | "DeleteNone";

export interface DeletionRule {
  readonly policy: DeletionPolicy;
  readonly condition: {
    readonly jobStatus?: "SUCCEEDED" | "FAILED";
    readonly jobDeploymentStatus?: "Failed";
    readonly ttlSeconds?: number;
  };
}

export interface RayJobSpec {
  readonly entrypoint?: string;
  readonly runtimeEnvYAML?: string;
  readonly jobId?: string;
  readonly metadata?: StringMap;
  readonly submissionMode?: string;
  readonly rayClusterSpec?: RayClusterSpec;
  readonly clusterSelector?: StringMap;
  readonly entrypointNumCpus?: number;
  readonly entrypointNumGpus?: number;
  readonly entrypointResources?: string;
  readonly submitterPodTemplate?: PodTemplateSpec;
  readonly submitterConfig?: { readonly backoffLimit?: number };
  readonly backoffLimit?: number;
  readonly activeDeadlineSeconds?: number;
  readonly preRunningDeadlineSeconds?: number;
  readonly shutdownAfterJobFinishes?: boolean;
  readonly ttlSecondsAfterFinished?: number;
  readonly suspend?: boolean;
  readonly managedBy?: string;
  readonly deletionStrategy?: {
    readonly onSuccess?: { readonly policy?: DeletionPolicy };
    readonly onFailure?: { readonly policy?: DeletionPolicy };
    readonly deletionRules?: readonly DeletionRule[];
  };
}

export interface RayJobStatus {
  readonly jobId?: string;
  readonly rayClusterName?: string;
  /** `host:port`, without a scheme. */
  readonly dashboardURL?: string;
  readonly jobStatus?: JobStatus;
  readonly jobDeploymentStatus?: JobDeploymentStatus;
  readonly reason?: string;
  readonly message?: string;
  readonly startTime?: Time;
  readonly endTime?: Time;
  readonly rayJobInfo?: { readonly startTime?: Time; readonly endTime?: Time };
  readonly succeeded?: number;
  readonly failed?: number;
  readonly rayClusterStatus?: RayClusterStatus;
  readonly jobStatusCheckFailureStartTime?: Time;
}

export interface RayJob extends KubeObject {
  readonly spec: RayJobSpec;
  readonly status?: RayJobStatus;
}

export type ConcurrencyPolicy = "Allow" | "Forbid" | "Replace";

export interface RayCronJobSpec {
  readonly schedule: string;
  readonly timeZone?: string;
  readonly suspend?: boolean;
  readonly jobTemplate: RayJobSpec;
  /** This and what follows is CronJob's; KubeRay's RayCronJob does without. */
  readonly concurrencyPolicy?: ConcurrencyPolicy;
  readonly startingDeadlineSeconds?: number;
  readonly successfulJobsHistoryLimit?: number;
  readonly failedJobsHistoryLimit?: number;
}

/** Why no RayJob is started, though one may be due. */
export type RayCronJobReason =
  | "ValidationFailed"
  | "Suspended"
  | "JobAlreadyActive"
  | "MissSchedule"
  | "FailedToCreateRayJob";

export interface RayCronJobStatus {
  /** When the RayJob that was started last was due. */
  readonly lastScheduleTime?: Time;
  readonly nextScheduleTime?: Time;
  readonly reason?: RayCronJobReason;
  readonly message?: string;
}

export interface RayCronJob extends KubeObject {
  readonly spec: RayCronJobSpec;
  readonly status?: RayCronJobStatus;
}
