/** The schemas of RayCluster's spec and status, v1 and v1alpha1; RayJob and RayService embed them. */
import {
  boolean,
  conditions,
  envVar,
  int32,
  int64,
  listMap,
  listOf,
  object,
  oneOf,
  opaque,
  podTemplate,
  quantity,
  resources,
  service,
  string,
  stringMap,
  time,
  volumeMount,
} from "./crd-pod.ts";

const rules = (...list: readonly { readonly rule: string; readonly message: string }[]) => ({
  "x-kubernetes-validations": list,
});
const withDefault = <S extends object>(schema: S, value: unknown) => ({ ...schema, default: value });

/** Which controller answers for the object. Settled once: a hand-over in mid-flight would leave two of them acting. */
export const managedBy = {
  ...string,
  ...rules(
    { rule: "self == oldSelf", message: "the managedBy field is immutable" },
    {
      rule: "self in ['ray.io/kuberay-operator', 'kueue.x-k8s.io/multikueue']",
      message: "the managedBy field value must be either 'ray.io/kuberay-operator' or 'kueue.x-k8s.io/multikueue'",
    },
  ),
};

const autoscalerAlpha = {
  resources,
  image: string,
  imagePullPolicy: string,
  securityContext: opaque,
  idleTimeoutSeconds: int32,
  upscalingMode: oneOf("Default", "Aggressive", "Conservative"),
  env: listOf(envVar),
  envFrom: listOf(opaque),
  volumeMounts: listOf(volumeMount),
};
const autoscalerOptions = object({
  ...autoscalerAlpha,
  version: oneOf("v1", "v2"),
  command: listOf(string),
  args: listOf(string),
});

const credential = object({ value: string, valueFrom: opaque });
const gcsStorage = object({
  claimName: string,
  size: quantity,
  storageClassName: string,
  accessModes: listOf(string),
  subPath: string,
  deletionPolicy: oneOf("DeleteWithCluster", "Retain"),
});
const gcsFaultToleranceOptions = object({
  backend: {
    ...oneOf("redis", "rocksdb"),
    ...rules({ rule: "self == oldSelf", message: "gcsFaultToleranceOptions.backend is immutable" }),
  },
  redisAddress: string,
  redisUsername: credential,
  redisPassword: credential,
  externalStorageNamespace: string,
  storage: gcsStorage,
});

const policyRules = { ingressRules: listOf(opaque), egressRules: listOf(opaque) };
const networkPolicy = object({
  mode: withDefault(oneOf("DenyAll", "DenyAllIngress", "DenyAllEgress"), "DenyAll"),
  head: object(policyRules),
  worker: object(policyRules),
  workerGroups: listMap(["groupName"], object({ groupName: string, ...policyRules }, { required: ["groupName"] })),
});

const historyServerOptions = object({
  collectorOptions: object({ image: string, imagePullPolicy: string, resources, env: listOf(envVar) }),
});

const ingressOptions = object({
  host: string,
  path: string,
  pathType: oneOf("Exact", "Prefix", "ImplementationSpecific"),
  tls: listOf(object({ hosts: listOf(string), secretName: string })),
});

const group = { template: podTemplate, rayStartParams: stringMap };
const groupExtras = { resources: stringMap, labels: stringMap };
const headAlpha = { ...group, headService: service, enableIngress: boolean, serviceType: string };
const headGroupSpec = object({ ...headAlpha, ...groupExtras, ingressOptions }, { required: ["template"] });

const workerAlpha = {
  ...group,
  groupName: string,
  replicas: withDefault(int32, 0),
  minReplicas: withDefault(int32, 0),
  maxReplicas: withDefault(int32, 2_147_483_647),
  scaleStrategy: object({ workersToDelete: listOf(string) }),
};
const workerRequired = ["groupName", "maxReplicas", "minReplicas", "template"];
const workerGroupSpec = object(
  {
    ...workerAlpha,
    ...groupExtras,
    numOfHosts: withDefault(int32, 1),
    priority: withDefault(int32, 0),
    idleTimeoutSeconds: int32,
    suspend: boolean,
  },
  { required: workerRequired },
);

const shared = {
  rayVersion: string,
  suspend: boolean,
  enableInTreeAutoscaling: boolean,
  headServiceAnnotations: stringMap,
};

export const clusterSpec = object(
  {
    ...shared,
    managedBy,
    autoscalerOptions,
    upgradeStrategy: object({ type: oneOf("Recreate", "None") }),
    authOptions: object({ mode: oneOf("disabled", "token"), secretName: string, enableK8sTokenAuth: boolean }),
    gcsFaultToleranceOptions,
    historyServerOptions,
    networkPolicy,
    tlsOptions: object({ enabled: boolean }),
    headGroupSpec,
    workerGroupSpecs: listOf(workerGroupSpec),
  },
  { required: ["headGroupSpec"] },
);

export const clusterSpecAlpha = object(
  {
    ...shared,
    autoscalerOptions: object(autoscalerAlpha),
    headGroupSpec: object(headAlpha, { required: ["rayStartParams", "template"] }),
    workerGroupSpecs: listOf(object(workerAlpha, { required: [...workerRequired, "rayStartParams"] })),
  },
  { required: ["headGroupSpec"] },
);

const statusAlpha = {
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
  endpoints: stringMap,
  observedGeneration: int64,
};
const headAddress = { podIP: string, serviceIP: string };

export const clusterStatusAlpha = object({ ...statusAlpha, head: object(headAddress) });
export const clusterStatus = object({
  ...statusAlpha,
  head: object({ ...headAddress, podName: string, serviceName: string }),
  stateTransitionTimes: { type: "object", additionalProperties: time },
  conditions,
});
