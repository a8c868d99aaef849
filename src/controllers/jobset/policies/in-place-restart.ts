/**
 * In-place restarts (gate): an agent in every pod counts its attempts in an annotation, and the JobSet's status tells
 * the agents which attempts are over and which one all pods have reached. Pure.
 */
import type { Pod } from "../../../api/core/pod.ts";
import { inPlaceRestartAttemptAnnotation } from "../../../api/jobset/labels.ts";
import { failByMaxRestarts } from "./failure.ts";
import { type PolicySteps, setFields } from "../policy-steps.ts";
import type { View } from "../view.ts";

function attemptOf(pod: Pod): number | undefined {
  const value = pod.metadata.annotations?.[inPlaceRestartAttemptAnnotation];
  if (value === undefined) return undefined;
  if (!/^\d+$/.test(value)) {
    throw new Error(
      `Pod ${pod.metadata.name}: annotation ${inPlaceRestartAttemptAnnotation} is no attempt: "${value}"`,
    );
  }
  return Number(value);
}

function hasContainerRestartedMoreThan(maxRestarts: number, { status }: Pod): boolean {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return statuses.some(({ restartCount }) => restartCount > maxRestarts);
}

function expectedPods({ replicatedJobs }: View): number {
  return replicatedJobs.reduce((total, { job, replicas }) => {
    const { parallelism, completions } = job.template.spec;
    if (parallelism === undefined || parallelism !== completions) {
      throw new Error(`in-place restart needs completions equal to parallelism in replicated job ${job.name}`);
    }
    return total + replicas * parallelism;
  }, 0);
}

function nextAttempts(view: View, attempts: readonly number[], newest: number): PolicySteps {
  const { previousInPlaceRestartAttempt: previous } = view.jobSet.status ?? {};
  if (attempts.length === expectedPods(view) && attempts.every((attempt) => attempt === newest)) {
    return attempts.length > 0 ? [setFields({ currentInPlaceRestartAttempt: newest })] : [];
  }
  if (newest === 0) return [];
  return [setFields({ previousInPlaceRestartAttempt: Math.max(newest - 1, previous ?? 0) })];
}

export function planInPlaceRestart(view: View): PolicySteps {
  const { failurePolicy } = view.spec;
  if (!view.gates.inPlaceRestart || failurePolicy?.restartStrategy !== "InPlaceRestart") return [];
  const { maxRestarts = 0 } = failurePolicy;
  const { pods } = view.world;
  if (pods.some((pod) => hasContainerRestartedMoreThan(maxRestarts, pod))) return failByMaxRestarts();
  const attempts = pods
    .filter(({ status }) => status?.phase !== "Failed")
    .map(attemptOf)
    .filter((attempt) => attempt !== undefined);
  const newest = Math.max(0, ...attempts);
  const { restarts = 0, restartsCountTowardsMax = 0 } = view.jobSet.status ?? {};
  if (newest - (restarts - restartsCountTowardsMax) > maxRestarts) return failByMaxRestarts();
  return nextAttempts(view, attempts, newest);
}
