/** What the controllers refuse, rule by rule in order; the first that is broken is the one told. Pure. */
import type { EnvVar, PodTemplateSpec } from "../core/pod.ts";
import { annotations, labels } from "./labels.ts";
import type {
  HeadGroupSpec,
  RayCluster,
  RayClusterSpec,
  RayJob,
  RayJobSpec,
  StringMap,
  WorkerGroupSpec,
} from "./types.ts";
import { isAtLeast } from "./versions.ts";

/** A broken rule in words, or undefined. */
type Check = string | undefined;

const dns1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const maxClusterName = 53;
const maxJobName = 47;

function validateName(kind: string, name: string, max: number): Check {
  if (name.length > max) return `${kind} name should be no more than ${max} characters`;
  return dns1035.test(name)
    ? undefined
    : `${kind} name should be a valid DNS1035 label: lower-case letters, digits and '-', beginning with a letter`;
}

export const validateRayClusterMetadata = ({ metadata }: RayCluster): Check =>
  validateName("RayCluster", metadata.name ?? "", maxClusterName);

const first = (...checks: readonly (() => Check)[]): Check => {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
};

const rayEnv = (template: PodTemplateSpec): readonly EnvVar[] => template.spec?.containers?.[0]?.env ?? [];
const hasEnv = (template: PodTemplateSpec, name: string) => rayEnv(template).some((env) => env.name === name);
const isTrue = (value: string | undefined) => value === "1" || value === "true";
const envIsTrue = (template: PodTemplateSpec, name: string) =>
  rayEnv(template).some((env) => env.name === name && isTrue(env.value));

function checkResources(where: string, resources: StringMap | undefined, params: StringMap | undefined): Check {
  if (!resources || Object.keys(resources).length === 0) return undefined;
  const clash = ["num-cpus", "num-gpus", "memory", "resources"].find((key) => params?.[key]);
  return clash && `${where}: resource fields must not be set in both rayStartParams (${clash}) and resources`;
}

const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const labelName = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

function checkLabels(where: string, group: HeadGroupSpec | WorkerGroupSpec): Check {
  if (group.rayStartParams && "labels" in group.rayStartParams)
    return `${where}: rayStartParams must not have the key 'labels'; use the top-level labels field`;
  const bad = Object.entries(group.labels ?? {}).find(
    ([key, value]) => !labelName.test(key) || value.length > 63 || !labelValue.test(value),
  );
  return bad && `${where}: label ${bad[0]}=${bad[1]} is not valid`;
}

const usesAutoscalerV2 = (spec: RayClusterSpec) =>
  spec.autoscalerOptions?.version === "v2" || envIsTrue(spec.headGroupSpec.template, "RAY_enable_autoscaler_v2");

function checkGroup(group: WorkerGroupSpec, spec: RayClusterSpec): Check {
  const { groupName, minReplicas = 0, maxReplicas = 2_147_483_647 } = group;
  const where = `worker group ${groupName}`;
  return first(
    () => (group.template?.spec?.containers?.length ? undefined : `${where} should have at least one container`),
    () => (minReplicas < 0 ? `${where} has a negative minReplicas ${minReplicas}` : undefined),
    () => (maxReplicas < 0 ? `${where} has a negative maxReplicas ${maxReplicas}` : undefined),
    () =>
      minReplicas > maxReplicas
        ? `${where}: minReplicas ${minReplicas} is greater than maxReplicas ${maxReplicas}`
        : undefined,
    () => checkResources(where, group.resources, group.rayStartParams),
    () => checkLabels(where, group),
    () =>
      group.idleTimeoutSeconds !== undefined && (group.idleTimeoutSeconds < 0 || !usesAutoscalerV2(spec))
        ? `${where}: idleTimeoutSeconds must be ≥ 0 and needs autoscaler v2`
        : undefined,
    () =>
      group.priority && !(isAtLeast(spec.rayVersion, 2, 56) && usesAutoscalerV2(spec))
        ? `${where}: priority needs rayVersion ≥ 2.56.0 and autoscaler v2`
        : undefined,
  );
}

/** Names taken twice make one group's pods count for the other. */
function checkGroupNames(groups: readonly WorkerGroupSpec[]): Check {
  const seen = new Set<string>();
  for (const { groupName } of groups) {
    if (seen.has(groupName)) return `worker group names must be unique: ${groupName} is there twice`;
    seen.add(groupName);
  }
  return seen.has("headgroup") ? "no worker group may be called headgroup: that is the head's own" : undefined;
}

function checkFaultTolerance(spec: RayClusterSpec, marks: StringMap): Check {
  const { gcsFaultToleranceOptions: options, headGroupSpec } = spec;
  const { template, rayStartParams = {} } = headGroupSpec;
  if (marks[annotations.ftEnabled] && options)
    return `annotation ${annotations.ftEnabled} and gcsFaultToleranceOptions must not both be set`;
  const enabled = options !== undefined || marks[annotations.ftEnabled]?.toLowerCase() === "true";
  if (!enabled && hasEnv(template, "RAY_REDIS_ADDRESS"))
    return "RAY_REDIS_ADDRESS is set but GCS fault tolerance is not enabled";
  if (rayStartParams["redis-username"] || hasEnv(template, "REDIS_USERNAME"))
    return "the Redis user name belongs into gcsFaultToleranceOptions.redisUsername";
  if (!options) return undefined;
  if (options.backend === "rocksdb")
    return "gcsFaultToleranceOptions.backend rocksdb needs the feature gate GCSFaultToleranceEmbeddedStorage, which is off";
  if (options.storage) return "gcsFaultToleranceOptions.storage is for the rocksdb backend only";
  const taken = ["REDIS_PASSWORD", "RAY_REDIS_ADDRESS"].find((name) => hasEnv(template, name));
  if (taken) return `${taken} must not be set when gcsFaultToleranceOptions is`;
  if (rayStartParams["redis-password"])
    return "rayStartParams redis-password must not be set when gcsFaultToleranceOptions is";
  return marks[annotations.externalStorageNamespace]
    ? `annotation ${annotations.externalStorageNamespace} must not be set when gcsFaultToleranceOptions is`
    : undefined;
}

function checkAutoscaling(spec: RayClusterSpec): Check {
  const { autoscalerOptions, headGroupSpec, workerGroupSpecs = [] } = spec;
  const { template } = headGroupSpec;
  if (!spec.enableInTreeAutoscaling) {
    return envIsTrue(template, "RAY_enable_autoscaler_v2")
      ? "RAY_enable_autoscaler_v2 is set but enableInTreeAutoscaling is not true"
      : undefined;
  }
  const suspended = workerGroupSpecs.find((group) => group.suspend);
  if (suspended) return `worker group ${suspended.groupName} cannot be suspended with Autoscaler enabled`;
  if (autoscalerOptions?.version && hasEnv(template, "RAY_enable_autoscaler_v2"))
    return "set either autoscalerOptions.version or RAY_enable_autoscaler_v2, not both";
  if ((autoscalerOptions?.idleTimeoutSeconds ?? 0) < 0) return "autoscalerOptions.idleTimeoutSeconds must be ≥ 0";
  if (autoscalerOptions?.env?.some((env) => env.name === "KUBERAY_GEN_AUTOSCALER_START_CMD"))
    return "autoscalerOptions.env must not contain KUBERAY_GEN_AUTOSCALER_START_CMD";
  if (autoscalerOptions?.version !== "v2") return undefined;
  const templates = [template, ...workerGroupSpecs.map((group) => group.template)];
  return templates.some(({ spec: pod }) => pod.restartPolicy && pod.restartPolicy !== "Never")
    ? "autoscaler v2 needs restartPolicy Never on the head and every worker group"
    : undefined;
}

function checkAuth({ authOptions, rayVersion }: RayClusterSpec): Check {
  if (authOptions?.mode === "token" && !isAtLeast(rayVersion, 2, 52))
    return "authOptions.mode token needs rayVersion ≥ 2.52.0";
  if (!authOptions?.enableK8sTokenAuth) return undefined;
  if (authOptions.mode !== "token") return "authOptions.enableK8sTokenAuth needs authOptions.mode token";
  if (!isAtLeast(rayVersion, 2, 55)) return "authOptions.enableK8sTokenAuth needs rayVersion ≥ 2.55.0";
  return authOptions.secretName ? "authOptions.secretName must be empty with enableK8sTokenAuth" : undefined;
}

const gated: Readonly<Record<string, string>> = {
  historyServerOptions: "RayClusterHistoryServer",
  networkPolicy: "RayClusterNetworkPolicy",
  tlsOptions: "RayClusterMTLS",
};

function checkGates(spec: RayClusterSpec): Check {
  const found = Object.keys(gated).find((field) => spec[field as keyof RayClusterSpec] !== undefined);
  return found && `${found} needs the feature gate ${gated[found]}, which is off`;
}

/** `marks` are the annotations of the object that carries the spec. */
export function validateRayClusterSpec(spec: RayClusterSpec, marks: StringMap = {}): Check {
  const head = spec.headGroupSpec;
  const groups = spec.workerGroupSpecs ?? [];
  return first(
    () => (head?.template?.spec?.containers?.length ? undefined : "headGroupSpec should have at least one container"),
    () => checkResources("headGroupSpec", head.resources, head.rayStartParams),
    () => checkLabels("headGroupSpec", head),
    () => first(...groups.map((group) => () => checkGroup(group, spec))),
    () => checkGroupNames(groups),
    () => checkFaultTolerance(spec, marks),
    () => checkAutoscaling(spec),
    () => checkAuth(spec),
    () => checkGates(spec),
  );
}

export function validateUpgradeStrategy({ metadata, spec }: RayCluster): Check {
  if (!spec.upgradeStrategy?.type) return undefined;
  const creator = metadata.labels?.[labels.originatedFromKind];
  return creator === "RayJob" || creator === "RayService"
    ? `upgradeStrategy cannot be set when RayCluster is created by ${creator}`
    : undefined;
}

function checkDeletion(spec: RayJobSpec): Check {
  const { deletionStrategy: strategy, shutdownAfterJobFinishes, clusterSelector, rayClusterSpec } = spec;
  if (!strategy) return undefined;
  const rules = strategy.deletionRules ?? [];
  if (rules.length > 0 && shutdownAfterJobFinishes)
    return "shutdownAfterJobFinishes and deletionRules must not both be set";
  if (rules.length === 0 && !(strategy.onSuccess?.policy && strategy.onFailure?.policy))
    return "deletionStrategy needs both onSuccess and onFailure, or deletionRules";
  const policies = [...rules.map((rule) => rule.policy), strategy.onSuccess?.policy, strategy.onFailure?.policy];
  if (clusterSelector && policies.some((policy) => policy === "DeleteCluster" || policy === "DeleteWorkers"))
    return "a cluster chosen by clusterSelector cannot be deleted by deletionStrategy";
  if (rayClusterSpec?.enableInTreeAutoscaling && policies.includes("DeleteWorkers"))
    return "DeleteWorkers cannot be used with autoscaling";
  return shutdownAfterJobFinishes && policies.includes("DeleteNone")
    ? "shutdownAfterJobFinishes contradicts the policy DeleteNone"
    : undefined;
}

function checkModes(spec: RayJobSpec): Check {
  const { submissionMode, backoffLimit = 0, clusterSelector, rayClusterSpec } = spec;
  if (clusterSelector) {
    if (!clusterSelector[labels.cluster]) return `clusterSelector must name a cluster with ${labels.cluster}`;
    if (submissionMode === "SidecarMode") return "clusterSelector cannot be used with SidecarMode";
    if (backoffLimit > 0)
      return "clusterSelector cannot be used with backoffLimit > 0: only a cluster of its own can be retried";
  }
  if (submissionMode === "InteractiveMode" && backoffLimit > 0)
    return "backoffLimit > 0 cannot be used with InteractiveMode";
  if (submissionMode !== "SidecarMode") return undefined;
  if (spec.submitterPodTemplate) return "submitterPodTemplate cannot be used with SidecarMode";
  if (spec.submitterConfig) return "submitterConfig cannot be used with SidecarMode";
  const policy = rayClusterSpec?.headGroupSpec.template.spec.restartPolicy;
  return policy && policy !== "Never" ? "SidecarMode needs restartPolicy Never on the head" : undefined;
}

export const validateRayJobMetadata = ({ metadata }: RayJob): Check => {
  const found = validateName("RayJob", metadata.name ?? "", maxJobName);
  return found && `The RayJob metadata is invalid: ${found}`;
};

export function validateRayJobSpec({ spec, metadata }: RayJob): Check {
  const { suspend, shutdownAfterJobFinishes, ttlSecondsAfterFinished = 0, clusterSelector, rayClusterSpec } = spec;
  return first(
    () =>
      suspend && !shutdownAfterJobFinishes
        ? "a RayJob with shutdownAfterJobFinishes set to false is not allowed to be suspended"
        : undefined,
    () => (ttlSecondsAfterFinished < 0 ? "ttlSecondsAfterFinished must be ≥ 0" : undefined),
    () =>
      ttlSecondsAfterFinished > 0 && !shutdownAfterJobFinishes
        ? "ttlSecondsAfterFinished needs shutdownAfterJobFinishes"
        : undefined,
    () => checkDeletion(spec),
    () => (suspend && clusterSelector ? "a RayJob with clusterSelector cannot be suspended" : undefined),
    () => (!rayClusterSpec && !clusterSelector ? "one of rayClusterSpec or clusterSelector must be set" : undefined),
    () => checkModes(spec),
    () =>
      rayClusterSpec?.authOptions?.enableK8sTokenAuth
        ? "authOptions.enableK8sTokenAuth is not supported for RayJob"
        : undefined,
    () => (rayClusterSpec ? validateRayClusterSpec(rayClusterSpec, metadata.annotations) : undefined),
    () =>
      spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds <= 0
        ? "activeDeadlineSeconds must be greater than 0"
        : undefined,
    () =>
      spec.preRunningDeadlineSeconds !== undefined && spec.preRunningDeadlineSeconds <= 0
        ? "preRunningDeadlineSeconds must be greater than 0"
        : undefined,
    () => ((spec.backoffLimit ?? 0) < 0 ? "backoffLimit must be ≥ 0" : undefined),
  );
}
