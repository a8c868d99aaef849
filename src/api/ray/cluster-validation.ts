/** What the RayCluster controller refuses, rule by rule in order; the first that is broken is the one told. Pure. */
import type { PodTemplateSpec } from "../core/pod.ts";
import { isConditionTrue } from "../../meta/condition.ts";
import { type Check, first, hasEnv, invalidLabels, isEnvOn, validateName, when } from "./checks.ts";
import { defaultRayGates, type RayGates } from "./gates.ts";
import { annotations, conditions, headGroup, labels } from "./labels.ts";
import type { HeadGroupSpec, RayCluster, RayClusterSpec, StringMap, WorkerGroupSpec } from "./types.ts";
import { isAtLeast, parseRayVersion } from "./versions.ts";

const maxClusterName = 53;

export const validateRayClusterMetadata = ({ metadata }: RayCluster): Check =>
  validateName("RayCluster", metadata.name ?? "", maxClusterName);

const autoscalerEnv = "RAY_enable_autoscaler_v2";
const hasContainers = (template: PodTemplateSpec | undefined) => (template?.spec?.containers?.length ?? 0) > 0;

function checkResources(where: string, { resources, rayStartParams }: HeadGroupSpec | WorkerGroupSpec): Check {
  if (!resources || Object.keys(resources).length === 0) return undefined;
  const clash = ["num-cpus", "num-gpus", "memory", "resources"].find((key) => rayStartParams?.[key]);
  return clash && `${where}: rayStartParams must not set ${clash} when the group's resources field is set`;
}

function checkLabels(where: string, { labels: own = {}, rayStartParams }: HeadGroupSpec | WorkerGroupSpec): Check {
  if (rayStartParams && "labels" in rayStartParams)
    return `${where}: rayStartParams must not set labels; use the group's labels field`;
  const bad = invalidLabels(own);
  return when(bad.length > 0, `${where}: ${bad.join("; ")}`);
}

const usesAutoscalerV2 = (spec: RayClusterSpec) =>
  spec.autoscalerOptions?.version === "v2" || isEnvOn(spec.headGroupSpec.template, autoscalerEnv);

function checkIdleTimeout(where: string, seconds: number | undefined, spec: RayClusterSpec): Check {
  if (seconds === undefined) return undefined;
  if (seconds < 0) return `${where}: idleTimeoutSeconds must not be negative, got ${seconds}`;
  return when(!usesAutoscalerV2(spec), `${where}: idleTimeoutSeconds needs autoscaler v2`);
}

function checkPriority(where: string, priority: number | undefined, spec: RayClusterSpec): Check {
  if (!priority) return undefined;
  if (!isAtLeast(spec.rayVersion, 2, 56)) return `${where}: priority needs rayVersion 2.56.0 or newer`;
  return when(!usesAutoscalerV2(spec), `${where}: priority needs autoscaler v2`);
}

function checkGroup(group: WorkerGroupSpec, spec: RayClusterSpec): Check {
  const { groupName, minReplicas: min, maxReplicas: max } = group;
  const where = `worker group ${groupName}`;
  const isSized = spec.enableInTreeAutoscaling || (min !== undefined && max !== undefined);
  return first(
    () => when(!hasContainers(group.template), `${where} should have at least one container`),
    () => when(!isSized, `${where}: minReplicas and maxReplicas must be set`),
    () => when((min ?? 0) < 0, `${where} has a negative minReplicas ${min}`),
    () => when((max ?? 0) < 0, `${where} has a negative maxReplicas ${max}`),
    () =>
      when(min !== undefined && max !== undefined && min > max, `${where}: minReplicas ${min} > maxReplicas ${max}`),
    () => checkResources(where, group),
    () => checkLabels(where, group),
    () => checkIdleTimeout(where, group.idleTimeoutSeconds, spec),
    () => checkPriority(where, group.priority, spec),
  );
}

/** A name taken twice makes one group's pods count for the other's; the head's own name, the head. */
function checkGroupNames(groups: readonly WorkerGroupSpec[]): Check {
  const names = groups.map(({ groupName }) => groupName);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return `worker group names must be unique: there are two called ${twice}`;
  return when(names.includes(headGroup), `no worker group may be called ${headGroup}: that is the head's own`);
}

const isAnnotatedTolerant = (marks: StringMap) => marks[annotations.ftEnabled]?.toLowerCase() === "true";

function checkFaultTolerance(spec: RayClusterSpec, marks: StringMap): Check {
  const { gcsFaultToleranceOptions: options, headGroupSpec } = spec;
  const { template, rayStartParams = {} } = headGroupSpec;
  const isTolerant = options !== undefined || isAnnotatedTolerant(marks);
  const hasUser = rayStartParams["redis-username"] || hasEnv(template, "REDIS_USERNAME");
  return first(
    () =>
      when(
        options && marks[annotations.ftEnabled],
        `set either the annotation ${annotations.ftEnabled} or gcsFaultToleranceOptions, not both`,
      ),
    () =>
      when(
        !isTolerant && hasEnv(template, "RAY_REDIS_ADDRESS"),
        "the head sets RAY_REDIS_ADDRESS, but GCS fault tolerance is not enabled",
      ),
    () => checkFaultToleranceOptions(spec, marks),
    () =>
      when(
        hasUser,
        "set the Redis user with gcsFaultToleranceOptions.redisUsername, not with redis-username or REDIS_USERNAME",
      ),
  );
}

function checkFaultToleranceOptions(spec: RayClusterSpec, marks: StringMap): Check {
  const { gcsFaultToleranceOptions: options, headGroupSpec } = spec;
  const { template, rayStartParams = {} } = headGroupSpec;
  if (!options) return undefined;
  const instead = "gcsFaultToleranceOptions is set, which must be used instead of";
  const gate = "GCSFaultToleranceEmbeddedStorage";
  return first(
    () => when(rayStartParams["redis-password"], `${instead} rayStartParams redis-password`),
    () => when(hasEnv(template, "REDIS_PASSWORD"), `${instead} the environment variable REDIS_PASSWORD`),
    () => when(hasEnv(template, "RAY_REDIS_ADDRESS"), `${instead} the environment variable RAY_REDIS_ADDRESS`),
    () =>
      when(
        marks[annotations.externalStorageNamespace],
        `${instead} the annotation ${annotations.externalStorageNamespace}`,
      ),
    () =>
      when(
        options.backend === "rocksdb",
        `gcsFaultToleranceOptions.backend rocksdb needs the feature gate ${gate}, which is off`,
      ),
    () => when(options.storage, "gcsFaultToleranceOptions.storage is for the backend rocksdb only"),
  );
}

function checkAutoscaling(spec: RayClusterSpec): Check {
  const { autoscalerOptions, headGroupSpec, workerGroupSpecs = [] } = spec;
  const { template } = headGroupSpec;
  if (!spec.enableInTreeAutoscaling)
    return when(isEnvOn(template, autoscalerEnv), `${autoscalerEnv} is set, but enableInTreeAutoscaling is not true`);
  const suspended = workerGroupSpecs.find((group) => group.suspend);
  if (suspended) return `worker group ${suspended.groupName} cannot be suspended with Autoscaler enabled`;
  if (autoscalerOptions?.version && hasEnv(template, autoscalerEnv))
    return `set either autoscalerOptions.version or ${autoscalerEnv}, not both`;
  if (autoscalerOptions?.version !== "v2") return undefined;
  const restarting = [headGroupSpec, ...workerGroupSpecs].some(({ template: { spec: pod } }) => !neverRestarts(pod));
  return when(restarting, "autoscaler v2 needs restartPolicy Never, or none, on the head and on every worker group");
}

const neverRestarts = ({ restartPolicy }: PodTemplateSpec["spec"]) => !restartPolicy || restartPolicy === "Never";
const startVariable = "KUBERAY_GEN_AUTOSCALER_START_CMD";

function checkAutoscalerOptions({ autoscalerOptions: options }: RayClusterSpec): Check {
  if ((options?.idleTimeoutSeconds ?? 0) < 0) return "autoscalerOptions.idleTimeoutSeconds must not be negative";
  const isTaken = options?.env?.some(({ name }) => name === startVariable);
  return when(isTaken, `autoscalerOptions.env must not contain ${startVariable}: the operator sets it`);
}

function checkAuth({ authOptions, rayVersion }: RayClusterSpec): Check {
  const { mode, enableK8sTokenAuth, secretName } = authOptions ?? {};
  if (mode !== "token") return when(enableK8sTokenAuth, "authOptions.enableK8sTokenAuth needs authOptions.mode token");
  if (!parseRayVersion(rayVersion)) return `authOptions.mode token needs a rayVersion, got ${rayVersion || "none"}`;
  if (!isAtLeast(rayVersion, 2, 52))
    return `authOptions.mode token needs rayVersion 2.52.0 or newer, got ${rayVersion}`;
  if (!enableK8sTokenAuth) return undefined;
  if (!isAtLeast(rayVersion, 2, 55)) return "authOptions.enableK8sTokenAuth needs rayVersion 2.55.0 or newer";
  return when(secretName, "authOptions.secretName must be empty with enableK8sTokenAuth");
}

const needsGate = (field: keyof RayClusterSpec, gate: string) => (spec: RayClusterSpec) =>
  when(spec[field] !== undefined, `${field} needs the feature gate ${gate}, which is off`);
const checkHistoryServer = needsGate("historyServerOptions", "RayClusterHistoryServer");
const checkNetworkPolicy = needsGate("networkPolicy", "RayClusterNetworkPolicy");
const checkTls = needsGate("tlsOptions", "RayClusterMTLS");

function checkSuspendedGroups(groups: readonly WorkerGroupSpec[], gates: RayGates): Check {
  const suspended = groups.find((group) => group.suspend);
  if (gates.RayJobDeletionPolicy || !suspended) return undefined;
  return `worker group ${suspended.groupName} can be suspended only with the feature gate RayJobDeletionPolicy, which is off`;
}

/** `marks` are the annotations of the object that carries the spec: a RayCluster, or a RayJob around it. */
export function validateRayClusterSpec(
  spec: RayClusterSpec,
  marks: StringMap = {},
  gates: RayGates = defaultRayGates,
): Check {
  const { headGroupSpec: head, workerGroupSpecs: groups = [] } = spec;
  return first(
    () => when(!hasContainers(head?.template), "headGroupSpec should have at least one container"),
    () => checkResources("headGroupSpec", head),
    () => checkLabels("headGroupSpec", head),
    () => first(...groups.map((group) => () => checkGroup(group, spec))),
    () => checkGroupNames(groups),
    () => checkFaultTolerance(spec, marks),
    () => checkSuspendedGroups(groups, gates),
    () => checkAutoscaling(spec),
    () => checkAutoscalerOptions(spec),
    () => checkHistoryServer(spec),
    () => checkAuth(spec),
    () => checkNetworkPolicy(spec),
    () => checkTls(spec),
  );
}

/** No rule, but worth a warning: the first autoscaler expects that a pod that ended is gone. */
export function warnOfRestarts({
  enableInTreeAutoscaling,
  autoscalerOptions,
  workerGroupSpecs = [],
}: RayClusterSpec): Check {
  if (!enableInTreeAutoscaling || autoscalerOptions?.version !== "v1") return undefined;
  const group = workerGroupSpecs.find(({ template }) => !neverRestarts(template.spec));
  return group && `worker group ${group.groupName} should have restartPolicy Never with autoscaler v1`;
}

export function validateUpgradeStrategy({ metadata, spec }: RayCluster): Check {
  const type: string | undefined = spec.upgradeStrategy?.type;
  if (!type) return undefined;
  if (type !== "Recreate" && type !== "None") return `upgradeStrategy.type must be Recreate or None, got ${type}`;
  const creator = metadata.labels?.[labels.originatedFromKind];
  const isMade = creator === "RayJob" || creator === "RayService";
  return when(isMade, `upgradeStrategy cannot be set when RayCluster is created by ${creator}`);
}

export function validateRayClusterStatus({ status }: RayCluster): Check {
  const both = [conditions.suspending, conditions.suspended].every((type) => isConditionTrue(status?.conditions, type));
  return when(both, `${conditions.suspending} and ${conditions.suspended} must not both be True`);
}
