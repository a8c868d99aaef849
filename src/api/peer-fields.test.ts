/**
 * Holds three lists of fields together, for the kinds whose names are others': ours in TypeScript (each list names every field of
 * its type, or it does not compile), those of the installed definition, and those of KubeRay (August 2026)
 * and JobSet 0.12.
 */
import { describe, expect, test } from "vitest";
import { crd as jobSetCrd } from "./jobset/crd.ts";
import type * as jobSet from "./jobset/types.ts";
import type { Schema } from "../machinery/schema/types.ts";
import { crds } from "./ray/crd.ts";
import type * as ray from "./ray/types.ts";

/** Every field of the type, each once. */
const fieldsOf =
  <T>() =>
  <const Names extends readonly (keyof T & string)[]>(
    ...names: Names & ([keyof T] extends [Names[number]] ? unknown : [Exclude<keyof T, Names[number]>, "is missing"])
  ): readonly string[] =>
    names;

interface Row {
  /** Fields of the type. */
  readonly typed: readonly string[];
  /** The peer's, which no controller reads or writes. */
  readonly untyped?: readonly string[];
  /** Not the peer's. */
  readonly ours?: readonly string[];
}

type Table = Readonly<Record<string, Row>>;

/** `spec.replicatedJobs[].dependsOn[]` in a schema. */
function schemaAt(schema: Schema, path: string): Schema {
  let at: Schema | undefined = schema;
  for (const name of path.replaceAll("[]", ".[]").split(".")) at = name === "[]" ? at?.items : at?.properties?.[name];
  if (!at) throw new Error(`the definition has no ${path}`);
  return at;
}

const [rayClusterCrd, rayJobCrd, , rayCronJobCrd] = crds;

const rayCluster: Table = {
  spec: {
    typed: fieldsOf<ray.RayClusterSpec>()(
      "rayVersion",
      "suspend",
      "managedBy",
      "enableInTreeAutoscaling",
      "autoscalerOptions",
      "headServiceAnnotations",
      "upgradeStrategy",
      "authOptions",
      "gcsFaultToleranceOptions",
      "historyServerOptions",
      "networkPolicy",
      "tlsOptions",
      "headGroupSpec",
      "workerGroupSpecs",
    ),
  },
  "spec.autoscalerOptions": {
    typed: fieldsOf<ray.AutoscalerOptions>()(
      "resources",
      "image",
      "imagePullPolicy",
      "securityContext",
      "idleTimeoutSeconds",
      "upscalingMode",
      "version",
      "env",
      "envFrom",
      "volumeMounts",
      "command",
      "args",
    ),
  },
  "spec.gcsFaultToleranceOptions": {
    typed: fieldsOf<ray.GcsFaultToleranceOptions>()(
      "backend",
      "redisAddress",
      "redisUsername",
      "redisPassword",
      "externalStorageNamespace",
      "storage",
    ),
  },
  "spec.headGroupSpec": {
    typed: fieldsOf<ray.HeadGroupSpec>()(
      "template",
      "headService",
      "enableIngress",
      "ingressOptions",
      "resources",
      "labels",
      "rayStartParams",
      "serviceType",
    ),
  },
  "spec.workerGroupSpecs[]": {
    typed: fieldsOf<ray.WorkerGroupSpec>()(
      "groupName",
      "replicas",
      "minReplicas",
      "maxReplicas",
      "numOfHosts",
      "priority",
      "idleTimeoutSeconds",
      "suspend",
      "resources",
      "labels",
      "rayStartParams",
      "scaleStrategy",
      "template",
    ),
  },
  status: {
    typed: fieldsOf<ray.RayClusterStatus>()(
      "state",
      "reason",
      "desiredCPU",
      "desiredMemory",
      "desiredGPU",
      "desiredTPU",
      "desiredWorkerReplicas",
      "availableWorkerReplicas",
      "readyWorkerReplicas",
      "minWorkerReplicas",
      "maxWorkerReplicas",
      "lastUpdateTime",
      "stateTransitionTimes",
      "endpoints",
      "head",
      "observedGeneration",
      "conditions",
    ),
  },
  "status.head": { typed: fieldsOf<ray.HeadInfo>()("podIP", "podName", "serviceIP", "serviceName") },
};

const rayJob: Table = {
  spec: {
    typed: fieldsOf<ray.RayJobSpec>()(
      "entrypoint",
      "runtimeEnvYAML",
      "jobId",
      "metadata",
      "submissionMode",
      "rayClusterSpec",
      "clusterSelector",
      "entrypointNumCpus",
      "entrypointNumGpus",
      "entrypointResources",
      "submitterPodTemplate",
      "submitterConfig",
      "backoffLimit",
      "activeDeadlineSeconds",
      "preRunningDeadlineSeconds",
      "shutdownAfterJobFinishes",
      "ttlSecondsAfterFinished",
      "suspend",
      "managedBy",
      "deletionStrategy",
    ),
  },
  "spec.rayClusterSpec": rayCluster["spec"] as Row,
  "spec.deletionStrategy.deletionRules[]": { typed: fieldsOf<ray.DeletionRule>()("policy", "condition") },
  "spec.deletionStrategy.deletionRules[].condition": {
    typed: fieldsOf<ray.DeletionRule["condition"]>()("jobStatus", "jobDeploymentStatus", "ttlSeconds"),
  },
  status: {
    typed: fieldsOf<ray.RayJobStatus>()(
      "jobId",
      "rayClusterName",
      "dashboardURL",
      "jobStatus",
      "jobDeploymentStatus",
      "reason",
      "message",
      "startTime",
      "endTime",
      "rayJobInfo",
      "succeeded",
      "failed",
      "rayClusterStatus",
      "jobStatusCheckFailureStartTime",
    ),
    untyped: ["observedGeneration"],
  },
  "status.rayClusterStatus": rayCluster["status"] as Row,
};

const rayCronJob: Table = {
  spec: {
    typed: fieldsOf<ray.RayCronJobSpec>()(
      "schedule",
      "timeZone",
      "suspend",
      "jobTemplate",
      "concurrencyPolicy",
      "startingDeadlineSeconds",
      "successfulJobsHistoryLimit",
      "failedJobsHistoryLimit",
    ),
    ours: ["concurrencyPolicy", "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"],
  },
  "spec.jobTemplate": rayJob["spec"] as Row,
  status: {
    typed: fieldsOf<ray.RayCronJobStatus>()("lastScheduleTime", "nextScheduleTime", "reason", "message"),
    ours: ["nextScheduleTime", "reason", "message"],
  },
};

const jobSets: Table = {
  spec: {
    typed: fieldsOf<jobSet.JobSetSpec>()(
      "replicatedJobs",
      "network",
      "successPolicy",
      "failurePolicy",
      "startupPolicy",
      "suspend",
      "coordinator",
      "managedBy",
      "ttlSecondsAfterFinished",
      "volumeClaimPolicies",
    ),
  },
  "spec.replicatedJobs[]": {
    typed: fieldsOf<jobSet.ReplicatedJob>()("name", "groupName", "template", "replicas", "dependsOn"),
  },
  "spec.replicatedJobs[].dependsOn[]": { typed: fieldsOf<jobSet.DependsOn>()("name", "status") },
  "spec.network": {
    typed: fieldsOf<jobSet.Network>()("enableDNSHostnames", "subdomain", "publishNotReadyAddresses"),
  },
  "spec.successPolicy": { typed: fieldsOf<jobSet.SuccessPolicy>()("operator", "targetReplicatedJobs") },
  "spec.failurePolicy": { typed: fieldsOf<jobSet.FailurePolicy>()("maxRestarts", "restartStrategy", "rules") },
  "spec.failurePolicy.rules[]": {
    typed: fieldsOf<jobSet.FailurePolicyRule>()(
      "name",
      "action",
      "onJobFailureReasons",
      "onJobFailureMessagePatterns",
      "targetReplicatedJobs",
    ),
  },
  "spec.startupPolicy": { typed: fieldsOf<jobSet.StartupPolicy>()("startupPolicyOrder") },
  "spec.coordinator": { typed: fieldsOf<jobSet.Coordinator>()("replicatedJob", "jobIndex", "podIndex") },
  "spec.volumeClaimPolicies[]": { typed: fieldsOf<jobSet.VolumeClaimPolicy>()("templates", "retentionPolicy") },
  status: {
    typed: fieldsOf<jobSet.JobSetStatus>()(
      "conditions",
      "restarts",
      "restartsCountTowardsMax",
      "terminalState",
      "replicatedJobsStatus",
      "previousInPlaceRestartAttempt",
      "currentInPlaceRestartAttempt",
    ),
  },
  "status.replicatedJobsStatus[]": {
    typed: fieldsOf<jobSet.ReplicatedJobStatus>()(
      "name",
      "ready",
      "succeeded",
      "failed",
      "active",
      "suspended",
      "jobRestarts",
      "jobRestartsCountTowardsMax",
    ),
  },
};

describe.each([
  ["RayCluster", rayClusterCrd, rayCluster],
  ["RayJob", rayJobCrd, rayJob],
  ["RayCronJob", rayCronJobCrd, rayCronJob],
  ["JobSet", jobSetCrd, jobSets],
])("%s: the definition has the fields of the type and of the peer in", (_, crd, table) => {
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema as Schema;
  test.each(Object.entries(table))("%s", (path, { typed, untyped = [], ours = [] }) => {
    expect(Object.keys(schemaAt(schema, path).properties ?? {}).sort()).toEqual([...typed, ...untyped].sort());
    expect(typed).toEqual(expect.arrayContaining([...ours]));
  });
});
