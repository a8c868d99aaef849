/**
 * How long a Job waits before it replaces failed pods: 10 s, doubled with every failure since the last success,
 * at most 6 minutes. Pure; the runtime waits.
 */
import { isPodFinished, type Pod } from "../../../api/core/pod.ts";
import { failureCountOf, finishedAt, ignoredFailureCountOf, isDeleted, isSucceeded, isTracked } from "./pods.ts";

const firstMs = 10_000;
const limitMs = 360_000;

function remaining(failures: number, lastFailure: number, now: Date): number {
  if (failures <= 0) return 0;
  const delay = Math.min(limitMs, firstMs * 2 ** Math.min(failures - 1, 10));
  return Math.max(0, lastFailure + delay - now.getTime());
}

/** Milliseconds until a Job without a limit per index may create pods again. */
export function remainingBackOff(pods: readonly Pod[], now: Date): number {
  // A pod deleted on purpose (suspension, less parallelism) lost its finalizer first: no failure.
  const ended = pods.filter((pod) => isPodFinished(pod) || (isDeleted(pod) && isTracked(pod)));
  const lastSuccess = Math.max(0, ...ended.filter(isSucceeded).map(finishedAt));
  const failures = ended.filter((pod) => !isSucceeded(pod) && finishedAt(pod) > lastSuccess).map(finishedAt);
  return remaining(failures.length, Math.max(0, ...failures), now);
}

/** The same for one index, from the last pod that failed in it. */
export function remainingIndexBackOff(lastFailed: Pod, now: Date): number {
  const failures = failureCountOf(lastFailed) + ignoredFailureCountOf(lastFailed) + 1;
  return remaining(failures, finishedAt(lastFailed), now);
}
