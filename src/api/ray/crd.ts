/** The CustomResourceDefinitions of ray.io: RayCluster, RayJob, RayService and RayCronJob, as their users know them. */
import { embeddedService, envVar, podTemplate, resourceRequirements, volumeMount } from "./pod-schema.ts";

const string = { type: "string" } as const;
const boolean = { type: "boolean" } as const;
const int32 = { type: "integer", format: "int32" } as const;
const int64 = { type: "integer", format: "int64" } as const;
const time = { type: "string", format: "date-time" } as const;
const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;
const stringMap = { type: "object", additionalProperties: string } as const;
const quantity = { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true } as const;
const number = { type: "number" } as const;

const object = (properties: object, required: readonly string[] = []) => ({ type: "object", properties, ...(required.length > 0 && { required }) });
const listOf = (items: object) => ({ type: "array", items });
const oneOf = (...values: readonly string[]) => ({ type: "string", enum: values });
const rule = (expression: string, message: string) => ({ rule: expression, message });

const managedBy = {
  type: "string",
  "x-kubernetes-validations": [
    rule("self == oldSelf", "the managedBy field is immutable"),
    rule(
      "self in ['ray.io/kuberay-operator', 'kueue.x-k8s.io/multikueue']",
      "the managedBy field value must be either 'ray.io/kuberay-operator' or 'kueue.x-k8s.io/multikueue'",
    ),
  ],
} as const;

const conditions = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
  items: object(
    {
      type: { type: "string", maxLength: 316 },
      status: oneOf("True", "False", "Unknown"),
      reason: { type: "string", minLength: 1, maxLength: 1024, pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$" },
      message: { type: "string", maxLength: 32768 },
      lastTransitionTime: time,
      observedGeneration: { ...int64, minimum: 0 },
    },
    ["lastTransitionTime", "message", "reason", "status", "type"],
  ),
} as const;

const credential = object({ value: string, valueFrom: anything });

const faultTolerance = object({
  backend: { ...oneOf("redis", "rocksdb"), "x-kubernetes-validations": [rule("self == oldSelf", "gcsFaultToleranceOptions.backend is immutable")] },
  redisAddress: string,
  redisUsername: credential,
  redisPassword: credential,
  externalStorageNamespace: string,
  storage: object({ claimName: string, size: quantity, storageClassName: string, accessModes: listOf(string), subPath: string, deletionPolicy: oneOf("DeleteWithCluster", "Retain") }),
});

const autoscalerOptions = object({
  resources: resourceRequirements,
  image: string,
  imagePullPolicy: string,
  securityContext: anything,
  idleTimeoutSeconds: int32,
  upscalingMode: oneOf("Default", "Aggressive", "Conservative"),
  version: oneOf("v1", "v2"),
  env: listOf(envVar),
  envFrom: listOf(anything),
  volumeMounts: listOf(volumeMount),
  command: listOf(string),
  args: listOf(string),
});

const policyRules = { ingressRules: listOf(anything), egressRules: listOf(anything) };
const networkPolicy = object({
  mode: { ...oneOf("DenyAll", "DenyAllIngress", "DenyAllEgress"), default: "DenyAll" },
  head: object(policyRules),
  worker: object(policyRules),
  workerGroups: {
    ...listOf(object({ groupName: string, ...policyRules }, ["groupName"])),
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["groupName"],
  },
});

const headGroupSpec = object(
  {
    template: podTemplate,
    headService: embeddedService,
    enableIngress: boolean,
    ingressOptions: object({ host: string, path: string, pathType: oneOf("Exact", "Prefix", "ImplementationSpecific"), tls: listOf(anything) }),
    resources: stringMap,
    labels: stringMap,
    rayStartParams: stringMap,
    serviceType: string,
  },
  ["template"],
);

const workerGroupSpec = object(
  {
    groupName: string,
    replicas: { ...int32, default: 0 },
    minReplicas: { ...int32, default: 0 },
    maxReplicas: { ...int32, default: 2_147_483_647 },
    numOfHosts: { ...int32, default: 1 },
    priority: { ...int32, default: 0 },
    idleTimeoutSeconds: int32,
    suspend: boolean,
    resources: stringMap,
    labels: stringMap,
    rayStartParams: stringMap,
    scaleStrategy: object({ workersToDelete: listOf(string) }),
    template: podTemplate,
  },
  ["groupName", "maxReplicas", "minReplicas", "template"],
);

const clusterSpec = object(
  {
    rayVersion: string,
    suspend: boolean,
    managedBy,
    enableInTreeAutoscaling: boolean,
    autoscalerOptions,
    headServiceAnnotations: stringMap,
    upgradeStrategy: object({ type: oneOf("Recreate", "None") }),
    authOptions: object({ mode: oneOf("disabled", "token"), secretName: string, enableK8sTokenAuth: boolean }),
    gcsFaultToleranceOptions: faultTolerance,
    historyServerOptions: object({ collectorOptions: object({ image: string, imagePullPolicy: string, resources: resourceRequirements, env: listOf(envVar) }) }),
    networkPolicy,
    tlsOptions: object({ enabled: boolean }),
    headGroupSpec,
    workerGroupSpecs: listOf(workerGroupSpec),
  },
  ["headGroupSpec"],
);

const clusterStatus = object({
  state: string,
  reason: string,
  desiredCPU: quantity,
  desiredMemory: quantity,
  desiredGPU: quantity,
  desiredTPU: quantity,
  desiredWorkerReplicas: int32,
  availableWorkerReplicas: int32,
  readyWorkerReplicas: int32,
  minWorkerReplicas: int32,
  maxWorkerReplicas: int32,
  lastUpdateTime: { ...time, nullable: true },
  stateTransitionTimes: { type: "object", additionalProperties: time },
  endpoints: stringMap,
  head: object({ podIP: string, podName: string, serviceIP: string, serviceName: string }),
  observedGeneration: int64,
  conditions,
});

const policy = oneOf("DeleteCluster", "DeleteWorkers", "DeleteSelf", "DeleteNone");
const deletionStrategy = {
  ...object({
    onSuccess: object({ policy }),
    onFailure: object({ policy }),
    deletionRules: {
      ...listOf(
        object(
          {
            policy,
            condition: {
              ...object({ jobStatus: oneOf("SUCCEEDED", "FAILED"), jobDeploymentStatus: oneOf("Failed"), ttlSeconds: { ...int32, default: 0, minimum: 0 } }),
              "x-kubernetes-validations": [
                rule("!(has(self.jobStatus) && has(self.jobDeploymentStatus))", "JobStatus and JobDeploymentStatus cannot be used together within the same deletion condition."),
                rule("has(self.jobStatus) || has(self.jobDeploymentStatus)", "the deletion condition requires either the JobStatus or the JobDeploymentStatus field."),
              ],
            },
          },
          ["condition", "policy"],
        ),
      ),
      minItems: 1,
      "x-kubernetes-list-type": "atomic",
    },
  }),
  "x-kubernetes-validations": [
    rule(
      "!((has(self.onSuccess) || has(self.onFailure)) && has(self.deletionRules))",
      "legacy policies (onSuccess/onFailure) and deletionRules cannot be used together within the same deletionStrategy",
    ),
    rule(
      "((has(self.onSuccess) && has(self.onFailure)) || has(self.deletionRules))",
      "deletionStrategy requires either BOTH onSuccess and onFailure, OR the deletionRules field (cannot be empty)",
    ),
  ],
};

const jobSpec = object({
  entrypoint: string,
  runtimeEnvYAML: string,
  jobId: string,
  metadata: stringMap,
  submissionMode: { type: "string", default: "K8sJobMode" },
  rayClusterSpec: clusterSpec,
  clusterSelector: stringMap,
  entrypointNumCpus: number,
  entrypointNumGpus: number,
  entrypointResources: string,
  submitterPodTemplate: podTemplate,
  submitterConfig: object({ backoffLimit: int32 }),
  backoffLimit: { ...int32, default: 0 },
  activeDeadlineSeconds: int32,
  preRunningDeadlineSeconds: { ...int32, minimum: 1 },
  shutdownAfterJobFinishes: boolean,
  ttlSecondsAfterFinished: { ...int32, default: 0 },
  suspend: boolean,
  managedBy,
  deletionStrategy,
});

const jobStatus = object({
  jobId: string,
  rayClusterName: string,
  dashboardURL: string,
  jobStatus: string,
  jobDeploymentStatus: string,
  reason: string,
  message: string,
  startTime: time,
  endTime: time,
  rayJobInfo: object({ startTime: time, endTime: time }),
  succeeded: { ...int32, default: 0 },
  failed: { ...int32, default: 0 },
  rayClusterStatus: clusterStatus,
  jobStatusCheckFailureStartTime: time,
  observedGeneration: int64,
});

const serveStatuses = { type: "object", additionalProperties: object({ status: string, message: string, serveDeploymentStatuses: { type: "object", additionalProperties: object({ status: string, message: string }) } }) };
const serviceClusterStatus = object({
  rayClusterName: string,
  rayClusterStatus: clusterStatus,
  applicationStatuses: serveStatuses,
  targetCapacity: int32,
  trafficRoutedPercent: int32,
  lastTrafficMigratedTime: time,
});

const serviceSpec = object(
  {
    rayClusterConfig: clusterSpec,
    serveConfigV2: string,
    serveService: embeddedService,
    upgradeStrategy: object({
      type: string,
      clusterUpgradeOptions: object({ maxSurgePercent: { ...int32, default: 100 }, stepSizePercent: int32, intervalSeconds: int32, gatewayClassName: string }, ["gatewayClassName", "intervalSeconds", "stepSizePercent"]),
    }),
    rayClusterDeletionDelaySeconds: { ...int32, minimum: 0 },
    excludeHeadPodFromServeSvc: boolean,
    suspend: boolean,
    managedBy,
    serviceUnhealthySecondThreshold: int32,
    deploymentUnhealthySecondThreshold: int32,
  },
  ["rayClusterConfig"],
);

const serviceStatus = object({
  serviceStatus: string,
  numServeEndpoints: int32,
  lastUpdateTime: time,
  observedGeneration: int64,
  conditions,
  activeServiceStatus: serviceClusterStatus,
  pendingServiceStatus: serviceClusterStatus,
});

const cronSpec = object({ jobTemplate: jobSpec, schedule: string, timeZone: { type: "string", minLength: 1 }, suspend: boolean }, ["jobTemplate", "schedule"]);

const column = (name: string, jsonPath: string, type = "string", priority = 0) => ({ name, jsonPath, type, ...(priority && { priority }) });
const age = column("age", ".metadata.creationTimestamp", "date");

const clusterColumns = [
  column("desired workers", ".status.desiredWorkerReplicas", "integer"),
  column("available workers", ".status.availableWorkerReplicas", "integer"),
  column("cpus", ".status.desiredCPU"),
  column("memory", ".status.desiredMemory"),
  column("gpus", ".status.desiredGPU"),
  column("tpus", ".status.desiredTPU", "string", 1),
  column("status", ".status.state"),
  age,
  column("head pod IP", ".status.head.podIP", "string", 1),
  column("head service IP", ".status.head.serviceIP", "string", 1),
];
const jobColumns = [
  column("job status", ".status.jobStatus"),
  column("deployment status", ".status.jobDeploymentStatus"),
  column("ray cluster name", ".status.rayClusterName"),
  column("start time", ".status.startTime"),
  column("end time", ".status.endTime"),
  age,
];
const serviceColumns = [column("service status", ".status.serviceStatus"), column("num serve endpoints", ".status.numServeEndpoints")];
const cronColumns = [
  column("schedule", ".spec.schedule"),
  column("timezone", ".spec.timeZone"),
  column("last schedule", ".status.lastScheduleTime", "date"),
  age,
  column("suspend", ".spec.suspend", "boolean"),
];

interface Definition {
  readonly kind: string;
  readonly spec: object;
  readonly status: object;
  readonly columns: readonly object[];
  /** Columns of the deprecated version; absent where it has none. */
  readonly alphaColumns?: readonly object[];
  readonly hasAlpha: boolean;
}

const schemaOf = ({ spec, status }: Definition) => ({ openAPIV3Schema: object({ apiVersion: string, kind: string, metadata: { type: "object" }, spec, status }) });

function alpha(definition: Definition): readonly object[] {
  if (!definition.hasAlpha) return [];
  const { kind, alphaColumns } = definition;
  const deprecationWarning = `ray.io/v1alpha1 ${kind} is deprecated; use ray.io/v1 ${kind}. v1alpha1 receives no new fields and will be unavailable in KubeRay 1.9.`;
  const columns = alphaColumns ? { additionalPrinterColumns: alphaColumns } : {};
  return [{ name: "v1alpha1", served: true, storage: false, deprecated: true, deprecationWarning, subresources: { status: {} }, ...columns, schema: schemaOf(definition) }];
}

function define(definition: Definition) {
  const { kind, columns } = definition;
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.ray.io` },
    spec: {
      group: "ray.io",
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), categories: ["all"] },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, additionalPrinterColumns: columns, schema: schemaOf(definition) }, ...alpha(definition)],
    },
  };
}

export const crds = [
  define({ kind: "RayCluster", spec: clusterSpec, status: clusterStatus, columns: clusterColumns, alphaColumns: clusterColumns, hasAlpha: true }),
  define({ kind: "RayJob", spec: jobSpec, status: jobStatus, columns: jobColumns, hasAlpha: true }),
  define({ kind: "RayService", spec: serviceSpec, status: serviceStatus, columns: serviceColumns, hasAlpha: true }),
  define({ kind: "RayCronJob", spec: cronSpec, status: object({ lastScheduleTime: time }), columns: cronColumns, hasAlpha: false }),
] as const;
