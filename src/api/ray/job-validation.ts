/** What the RayJob controller refuses, rule by rule in order; the first that is broken is the one told. Pure. */
import { type Check, first, validateName, when } from "./checks.ts";
import { defaultRayGates, type RayGates } from "./gates.ts";
import { labels } from "./labels.ts";
import type { DeletionPolicy, DeletionRule, RayJob, RayJobSpec } from "./types.ts";
import { validateRayClusterSpec } from "./cluster-validation.ts";
import { isAtLeast } from "./versions.ts";

const maxJobName = 47;

export function validateRayJobMetadata({ metadata }: RayJob): Check {
  const found = validateName("RayJob", metadata.name ?? "", maxJobName);
  return found && `The RayJob metadata is invalid: ${found}`;
}

const isOfCluster = (policy: DeletionPolicy | undefined) => policy === "DeleteCluster" || policy === "DeleteWorkers";

/** What speaks against a policy in this job, whichever form names it. */
function checkPolicy(policy: DeletionPolicy | undefined, { clusterSelector, rayClusterSpec }: RayJobSpec): Check {
  if (clusterSelector && isOfCluster(policy))
    return `${policy} cannot be used with clusterSelector: the cluster is not the job's own`;
  const scales = policy === "DeleteWorkers" && rayClusterSpec?.enableInTreeAutoscaling;
  return when(scales, "DeleteWorkers cannot be used with autoscaling enabled");
}

const valueOf = ({ condition }: DeletionRule) => condition?.jobStatus ?? condition?.jobDeploymentStatus ?? "";

function checkRule(rule: DeletionRule, spec: RayJobSpec): Check {
  const { jobStatus, jobDeploymentStatus, ttlSeconds = 0 } = rule.condition ?? {};
  return first(
    () =>
      when(
        jobStatus && jobDeploymentStatus,
        "jobStatus and jobDeploymentStatus cannot be used together in a deletion condition",
      ),
    () => when(!jobStatus && !jobDeploymentStatus, "a deletion condition needs jobStatus or jobDeploymentStatus"),
    () => when(ttlSeconds < 0, `ttlSeconds must not be negative, got ${ttlSeconds}`),
    () => checkPolicy(rule.policy, spec),
  );
}

/** From the least to the most that is deleted: what comes later must not be due earlier. */
const escalation: readonly DeletionPolicy[] = ["DeleteWorkers", "DeleteCluster", "DeleteSelf"];

function checkOrder(rules: readonly DeletionRule[]): readonly string[] {
  const problems: string[] = [];
  for (const value of new Set(rules.map(valueOf))) {
    const own = rules.filter((rule) => valueOf(rule) === value);
    const twice = own.find((rule, at) => own.findIndex(({ policy }) => policy === rule.policy) !== at);
    if (twice) problems.push(`there are two rules with ${twice.policy} for ${value}`);
    const steps = escalation.flatMap((policy) => own.filter((rule) => rule.policy === policy));
    for (const [at, rule] of steps.entries()) {
      const before = steps[at - 1];
      if (before && (rule.condition.ttlSeconds ?? 0) < (before.condition.ttlSeconds ?? 0))
        problems.push(`for ${value}, the ttlSeconds of ${rule.policy} must not be less than that of ${before.policy}`);
    }
  }
  return problems;
}

function checkRules(rules: readonly DeletionRule[], spec: RayJobSpec): Check {
  const broken = rules.flatMap((rule, at) => {
    const found = checkRule(rule, spec);
    return found === undefined ? [] : [`deletionRules[${at}]: ${found}`];
  });
  const problems = [...broken, ...checkOrder(rules)];
  return when(problems.length > 0, problems.join("; "));
}

function checkDeletion(spec: RayJobSpec, gates: RayGates): Check {
  const { deletionStrategy: strategy, shutdownAfterJobFinishes: shutsDown } = spec;
  if (!strategy) return undefined;
  if (!gates.RayJobDeletionPolicy) return "deletionStrategy needs the feature gate RayJobDeletionPolicy, which is off";
  const { deletionRules: rules = [], onSuccess, onFailure } = strategy;
  if (rules.length > 0) {
    if (shutsDown) return "deletionRules cannot be used together with shutdownAfterJobFinishes";
    if (onSuccess || onFailure) return "onSuccess and onFailure cannot be used together with deletionRules";
    return checkRules(rules, spec);
  }
  const policies = [onSuccess?.policy, onFailure?.policy];
  if (policies.includes(undefined))
    return "deletionStrategy needs the policies of both onSuccess and onFailure, or deletionRules";
  const found = first(...policies.map((policy) => () => checkPolicy(policy, spec)));
  return (
    found ??
    when(shutsDown && policies.includes("DeleteNone"), "shutdownAfterJobFinishes contradicts the policy DeleteNone")
  );
}

function checkSelector({ clusterSelector, submissionMode, backoffLimit = 0 }: RayJobSpec): Check {
  if (!clusterSelector) return undefined;
  if (!clusterSelector[labels.cluster]) return `clusterSelector must name a cluster at ${labels.cluster}`;
  if (submissionMode === "SidecarMode") return "clusterSelector cannot be used with SidecarMode";
  return when(
    backoffLimit > 0,
    "clusterSelector cannot be used with a backoffLimit: a retry needs a cluster of its own",
  );
}

function checkSidecar(spec: RayJobSpec): Check {
  if (spec.submissionMode !== "SidecarMode") return undefined;
  if (spec.submitterPodTemplate) return "submitterPodTemplate cannot be used with SidecarMode";
  if (spec.submitterConfig) return "submitterConfig cannot be used with SidecarMode";
  const policy = spec.rayClusterSpec?.headGroupSpec?.template?.spec?.restartPolicy;
  return when(policy && policy !== "Never", "SidecarMode needs restartPolicy Never, or none, on the head");
}

function checkCluster({ spec, metadata }: RayJob, gates: RayGates): Check {
  const { rayClusterSpec: cluster } = spec;
  if (!cluster) return undefined;
  if (cluster.authOptions?.enableK8sTokenAuth) return "authOptions.enableK8sTokenAuth is not supported in a RayJob";
  return first(
    () => validateRayClusterSpec(cluster, metadata.annotations, gates),
    // The RayCluster's own controller would refuse it, and the job wait for ever.
    () => when(cluster.upgradeStrategy?.type, "upgradeStrategy cannot be set when RayCluster is created by RayJob"),
  );
}

/** The flag that carries it is as old as Ray 2.6. */
function checkJobMetadata({ metadata, rayClusterSpec, submissionMode }: RayJobSpec): Check {
  const version = rayClusterSpec?.rayVersion;
  const isSent =
    Object.keys(metadata ?? {}).length > 0 && submissionMode !== "HTTPMode" && submissionMode !== "InteractiveMode";
  return when(
    isSent && version && !isAtLeast(version, 2, 6),
    `metadata needs rayVersion 2.6.0 or newer, got ${version}`,
  );
}

export function validateRayJobSpec(job: RayJob, gates: RayGates = defaultRayGates): Check {
  const { spec } = job;
  const { suspend, shutdownAfterJobFinishes: shutsDown, ttlSecondsAfterFinished: ttl = 0, backoffLimit = 0 } = spec;
  const { activeDeadlineSeconds: active = 1, preRunningDeadlineSeconds: preRunning = 1 } = spec;
  return first(
    () =>
      when(suspend && !shutsDown, "a RayJob with shutdownAfterJobFinishes set to false is not allowed to be suspended"),
    () => when(ttl < 0, "ttlSecondsAfterFinished must not be negative"),
    () =>
      when(
        ttl > 0 && !shutsDown,
        "a RayJob with shutdownAfterJobFinishes set to false cannot have ttlSecondsAfterFinished",
      ),
    () => checkDeletion(spec, gates),
    () => when(suspend && spec.clusterSelector, "a RayJob with clusterSelector is not allowed to be suspended"),
    () => when(!spec.rayClusterSpec && !spec.clusterSelector, "one of rayClusterSpec or clusterSelector must be set"),
    () => checkSelector(spec),
    () =>
      when(
        spec.submissionMode === "InteractiveMode" && backoffLimit > 0,
        "backoffLimit cannot be used with InteractiveMode",
      ),
    () => checkSidecar(spec),
    () => checkCluster(job, gates),
    () => checkJobMetadata(spec),
    () => when(active <= 0, "activeDeadlineSeconds must be positive"),
    () => when(preRunning <= 0, "preRunningDeadlineSeconds must be positive"),
    () => when(backoffLimit < 0, "backoffLimit must not be negative"),
  );
}

export function validateRayJobStatus({ spec, status }: RayJob): Check {
  const isLost = status?.jobDeploymentStatus === "Waiting" && spec.submissionMode !== "InteractiveMode";
  return when(isLost, "jobDeploymentStatus Waiting is of submissionMode InteractiveMode only");
}
