/**
 * What holds the pods of an experiment up, and whether it is for good: Kubernetes starts a container that ends badly again
 * for ever, and no operator tells. Pure.
 */
import type { ContainerStateTerminated, ContainerStatus, Pod } from "../../../api/core/pod.ts";
import { isPodReady } from "../../../api/core/pod.ts";
import { foreignReason } from "../../../api/experiment/reasons.ts";
import { labels } from "../../../api/ray/labels.ts";
import { type Cause, causeOf, containerEndOf, statusesOf } from "./container-end.ts";

/** So often may a container end badly before the command has started; Kubernetes would try for ever. */
const mostQuickEnds = 3;
/** One that went on for a while may have been unlucky: a machine under load makes Ray's own time-outs pass. */
const mostSlowEnds = 5;
const quickMs = 30_000;

const isQuick = ({ startedAt = "", finishedAt = "" }: ContainerStateTerminated): boolean =>
  !(Date.parse(finishedAt) - Date.parse(startedAt) >= quickMs);

/** A container that runs has been started once more than it ended. */
const endsOf = ({ restartCount, state }: ContainerStatus): number => restartCount + (state?.running ? 0 : 1);

function loopOf(pod: Pod, status: ContainerStatus): Cause | undefined {
  const ended = status.ready ? undefined : containerEndOf(pod, status);
  const ends = endsOf(status);
  if (!ended || ends < (isQuick(ended.end) ? mostQuickEnds : mostSlowEnds)) return undefined;
  const cause = causeOf(ended, `, ${ends} times before the command started`);
  return cause.reason === "CommandFailed" ? { ...cause, reason: "CrashLoop" } : cause;
}

/** A container that ends badly again and again; `pods` are those of a workload whose command has not started yet. */
export function findCrashLoop(pods: readonly Pod[]): Cause | undefined {
  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const head = living.find(({ metadata }) => metadata.labels?.[labels.nodeType] === "head");
  // Workers of a head that is not there end for that.
  for (const pod of head && !isPodReady(head) ? [head] : living) {
    const loops = statusesOf(pod).map((status) => loopOf(pod, status));
    const found = loops.find((loop) => loop !== undefined);
    if (found) return found;
  }
  return undefined;
}

/** What registries, and the local cluster's package index, answer when there is nothing to pull: asking again is no use. */
const absent =
  /manifest unknown|name unknown|: not found$|no such manifest|repository does not exist|does not exist or no pull access|invalid reference format|the package index has no |is required, but this machine has /i;

/** An image that cannot be pulled however often it is tried; a registry that cannot be reached is not that. */
export function findAbsentImage(pods: readonly Pod[]): Cause | undefined {
  for (const pod of pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
    for (const { image, state } of statusesOf(pod)) {
      const { reason = "", message = "" } = state?.waiting ?? {};
      const isPull = reason === "ErrImagePull" || reason === "ImagePullBackOff";
      if (reason !== "InvalidImageName" && !(isPull && absent.test(message))) continue;
      return {
        reason: "ImageNotFound",
        message: `pod ${pod.metadata.name}: ${message || `image ${image}: ${reason}`}`,
      };
    }
  }
  return undefined;
}

const waitReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

function waitOf(pod: Pod): Cause | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  const where = `pod ${pod.metadata.name}`;
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False")
    return { reason: "Unschedulable", message: `${where}: ${scheduled.message ?? ""}` };
  for (const status of statusesOf(pod)) {
    const { reason = "", message = "" } = status.state?.waiting ?? {};
    if (waitReasons.has(reason)) return { reason: foreignReason(reason), message: `${where}: ${message || reason}` };
    const ended = status.ready ? undefined : containerEndOf(pod, status);
    if (ended && !status.state?.terminated) return { ...causeOf(ended), reason: "CrashLoop" };
  }
  return undefined;
}

/** What holds the pods up that a person can do something about; what passes by itself within moments is not told. */
export function findWait(pods: readonly Pod[]): Cause | undefined {
  for (const pod of pods) {
    const wait = waitOf(pod);
    if (wait) return wait;
  }
  return undefined;
}
