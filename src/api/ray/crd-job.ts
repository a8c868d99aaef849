/** The schemas of RayJob's spec and status, v1 and v1alpha1. RayCronJob embeds the spec. */
import { clusterSpec, clusterSpecAlpha, clusterStatus, clusterStatusAlpha, managedBy } from "./crd-cluster.ts";
import { boolean, int32, int64, number, object, oneOf, podTemplate, string, stringMap, time } from "./crd-pod.ts";

const policy = oneOf("DeleteCluster", "DeleteWorkers", "DeleteSelf", "DeleteNone");
const legacyPolicy = object({ policy });

const deletionCondition = object(
  {
    jobStatus: oneOf("SUCCEEDED", "FAILED"),
    jobDeploymentStatus: oneOf("Failed"),
    ttlSeconds: { ...int32, default: 0, minimum: 0 },
  },
  {
    "x-kubernetes-validations": [
      {
        rule: "!(has(self.jobStatus) && has(self.jobDeploymentStatus))",
        message: "JobStatus and JobDeploymentStatus cannot be used together within the same deletion condition.",
      },
      {
        rule: "has(self.jobStatus) || has(self.jobDeploymentStatus)",
        message: "the deletion condition requires either the JobStatus or the JobDeploymentStatus field.",
      },
    ],
  },
);

const deletionStrategy = object(
  {
    onSuccess: legacyPolicy,
    onFailure: legacyPolicy,
    deletionRules: {
      type: "array",
      minItems: 1,
      items: object({ policy, condition: deletionCondition }, { required: ["condition", "policy"] }),
      "x-kubernetes-list-type": "atomic",
    },
  },
  {
    "x-kubernetes-validations": [
      {
        rule: "!((has(self.onSuccess) || has(self.onFailure)) && has(self.deletionRules))",
        message:
          "legacy policies (onSuccess/onFailure) and deletionRules cannot be used together within the same deletionStrategy",
      },
      {
        rule: "(has(self.onSuccess) && has(self.onFailure)) || has(self.deletionRules)",
        message:
          "deletionStrategy requires either BOTH onSuccess and onFailure, OR the deletionRules field (cannot be empty)",
      },
    ],
  },
);

const specAlpha = {
  entrypoint: string,
  runtimeEnvYAML: string,
  jobId: string,
  metadata: stringMap,
  clusterSelector: stringMap,
  entrypointNumCpus: number,
  entrypointNumGpus: number,
  entrypointResources: string,
  submitterPodTemplate: podTemplate,
  shutdownAfterJobFinishes: boolean,
  ttlSecondsAfterFinished: { ...int32, default: 0 },
  suspend: boolean,
};

export const jobSpec = object({
  ...specAlpha,
  rayClusterSpec: clusterSpec,
  submissionMode: { ...string, default: "K8sJobMode" },
  submitterConfig: object({ backoffLimit: int32 }),
  backoffLimit: { ...int32, default: 0 },
  activeDeadlineSeconds: int32,
  preRunningDeadlineSeconds: { ...int32, minimum: 1 },
  managedBy,
  deletionStrategy,
});

export const jobSpecAlpha = object({ ...specAlpha, rayClusterSpec: clusterSpecAlpha }, { required: ["entrypoint"] });

const statusAlpha = {
  jobId: string,
  rayClusterName: string,
  dashboardURL: string,
  jobStatus: string,
  jobDeploymentStatus: string,
  message: string,
  startTime: time,
  endTime: time,
  observedGeneration: int64,
};

export const jobStatusAlpha = object({ ...statusAlpha, rayClusterStatus: clusterStatusAlpha });
export const jobStatus = object({
  ...statusAlpha,
  reason: string,
  rayJobInfo: object({ startTime: time, endTime: time }),
  succeeded: { ...int32, default: 0 },
  failed: { ...int32, default: 0 },
  rayClusterStatus: clusterStatus,
  jobStatusCheckFailureStartTime: time,
});
