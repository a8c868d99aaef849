/**
 * `podFailurePolicy` and `successPolicy`: which rule a failed pod or a set of succeeded indexes meets. Pure.
 * Rules: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy and #success-policy.
 */
import type { Job, PodFailurePolicyRule } from "../../../api/batch/job.ts";
import type { ContainerStatus, Pod } from "../../../api/core/pod.ts";
import { countCommon, countIndexes, type IndexSet, parseIndexes } from "./indexes.ts";

export interface PolicyMatch {
  readonly action: PodFailurePolicyRule["action"];
  /** Says which rule matched and why, in the wording of the Failed condition. */
  readonly message: string;
}

/** The first rule that matches, or undefined: the failure then counts towards the back-off limit. */
export function matchPodFailurePolicy(job: Job, pod: Pod): PolicyMatch | undefined {
  for (const [at, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = matchRule(rule, pod);
    if (why) return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${at}` };
  }
  return undefined;
}

function matchRule(rule: PodFailurePolicyRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (rule.onExitCodes) {
    const container = containersOf(pod).find((status) => exitCodeMatches(rule, status));
    const code = container?.state?.terminated?.exitCode;
    return container && `Container ${container.name} for pod ${name} failed with exit code ${code}`;
  }
  const condition = rule.onPodConditions?.find((pattern) =>
    pod.status?.conditions?.some((c) => c.type === pattern.type && c.status === (pattern.status ?? "True")),
  );
  return condition && `Pod ${name} has condition ${condition.type}`;
}

function containersOf(pod: Pod): readonly ContainerStatus[] {
  return [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
}

/** A container that succeeded never matches, whatever the operator. */
function exitCodeMatches(rule: PodFailurePolicyRule, status: ContainerStatus): boolean {
  const wanted = rule.onExitCodes;
  const code = status.state?.terminated?.exitCode;
  if (!wanted || code === undefined || code === 0) return false;
  if (wanted.containerName !== undefined && wanted.containerName !== status.name) return false;
  return wanted.values.includes(code) === (wanted.operator === "In");
}

/** The message of the first success rule that the succeeded indexes meet. */
export function matchSuccessPolicy(job: Job, succeeded: IndexSet): string | undefined {
  const completions = job.spec.completions ?? 0;
  if (countIndexes(succeeded) === 0) return undefined;
  for (const [at, rule] of (job.spec.successPolicy?.rules ?? []).entries()) {
    const named = rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes, completions);
    const reached = named ? countCommon(named, succeeded) : countIndexes(succeeded);
    const needed = rule.succeededCount ?? (named ? countIndexes(named) : completions);
    if (reached >= needed) return `Matched rules at index ${at}`;
  }
  return undefined;
}
