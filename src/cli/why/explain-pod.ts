/**
 * Why a pod does not run, or did not end well: read from the object and its events alone, in the order of the gates it
 * passes: scheduling, volumes, image, init, start, readiness, end. Pure; one finding a pod.
 */
import { containerNames } from "../../api/containers.ts";
import type { ContainerStatus, Pod } from "../../api/core/pod.ts";
import type { CoreEvent } from "../experiments/find.ts";
import { explainExit, memoryRemedy, startFailure } from "./explain-exit.ts";
import { explainMissing } from "./explain-missing.ts";
import { describePeers } from "./explain-peers.ts";
import { explainSchedule, type NodeLike } from "./explain-schedule.ts";
import { type Finding, inOrder } from "./finding.ts";

/** What may be known besides the pod itself; less of it makes for a less exact answer. */
export interface Context {
  readonly events?: readonly CoreEvent[];
  readonly nodes?: readonly NodeLike[];
  /** Pods of everybody that are on the nodes. */
  readonly placed?: readonly Pod[];
  /** The pods it starts together with: head and workers, or all ranks. */
  readonly pods?: readonly Pod[];
}

const imageReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
]);
const configReasons = new Set(["CreateContainerConfigError", "CreateContainerError", "RunContainerError"]);

const whereOf = (pod: Pod) => `pod ${pod.metadata.name}`;

function explainWaiting(pod: Pod, status: ContainerStatus): Finding | undefined {
  const { reason = "", message = "" } = status.state?.waiting ?? {};
  const where = whereOf(pod);
  if (imageReasons.has(reason)) {
    const evidence = [message || `cannot get image ${status.image}`, `${reason}: image ${status.image}`];
    const remedy = "check the image's name and requirements, and that this cluster can build or pull it";
    return { cause: "ImageFailed", where, evidence, remedy };
  }
  const unstarted = startFailure(message);
  if (unstarted && reason !== "CrashLoopBackOff") {
    const { cause, text, remedy } = unstarted;
    return { cause, where, evidence: [`container ${status.name}: ${text}`, message], remedy };
  }
  if (configReasons.has(reason)) {
    return { cause: "ConfigMissing", where, evidence: [message || reason], remedy: explainMissing(message) };
  }
  if (reason === "CrashLoopBackOff") {
    return (
      explainExit(pod, status) ?? {
        cause: "CrashLoop",
        where,
        evidence: [`container ${status.name} keeps exiting; ${status.restartCount} restarts`],
        remedy: "check its command and restart policy: it exits with 0 although it should keep running",
        log: { pod: pod.metadata.name ?? "", container: status.name, previous: true },
      }
    );
  }
  if (reason === "Pulling" || /pull/i.test(message))
    return { cause: "Preparing", where, evidence: [message || "preparing the image"] };
  return undefined;
}

/** An init container that waits for others names them: what is wrong is told with their own findings. */
function explainInit(pod: Pod, pods: readonly Pod[]): Finding | undefined {
  const init = pod.status?.initContainerStatuses?.find((status) => status.state?.running && !status.ready);
  if (!init) return undefined;
  const where = whereOf(pod);
  const log = { pod: pod.metadata.name ?? "", container: init.name, previous: false };
  if (init.name === containerNames.waitForHead) {
    const remedy = "wait: it continues when the head is ready; otherwise see `windlass logs NAME --pod head`";
    return { cause: "WaitingForHead", where, evidence: [describePeers.head(pod, pods)], remedy, log };
  }
  if (init.name === containerNames.waitForRanks) {
    const remedy =
      "wait: it continues when all ranks have started; its log names the missing ones, so check their pods";
    return { cause: "WaitingForRanks", where, evidence: [describePeers.ranks(pod, pods)], remedy, log };
  }
  return { cause: "Init", where, evidence: [`init container ${init.name} is still running`], log };
}

/** Volumes that cannot be attached or mounted show in events only. */
function explainVolume(pod: Pod, events: readonly CoreEvent[]): Finding | undefined {
  const event = events.findLast(
    ({ reason, involvedObject }) =>
      involvedObject.name === pod.metadata.name &&
      /^(FailedMount|FailedAttachVolume|FailedBinding)$/.test(reason ?? ""),
  );
  if (!event) return undefined;
  const message = event.message ?? event.reason ?? "";
  return { cause: "VolumeMissing", where: whereOf(pod), evidence: [message], remedy: explainMissing(message) };
}

function explainEnd(pod: Pod, statuses: readonly ContainerStatus[]): Finding | undefined {
  const { reason, message } = pod.status ?? {};
  const where = whereOf(pod);
  if (reason === "DeadlineExceeded") {
    const remedy = "allow more time (`timeout`, `activeDeadlineSeconds`), or make it faster";
    return { cause: "Timeout", where, evidence: [message || "it exceeded its deadline"], remedy };
  }
  const exits = statuses.map((status) => explainExit(pod, status)).filter((exit) => exit !== undefined);
  const [first] = inOrder(exits);
  if (first) return first;
  if (!reason && !message) return undefined;
  const remedy = "run it again, or request what it really uses: the node evicted it";
  return { cause: "Evicted", where, evidence: [`${reason ?? "Failed"}: ${message ?? ""}`], remedy };
}

/** Running, and not ready: how the run before ended says more than that. */
function explainUnready(pod: Pod, statuses: readonly ContainerStatus[]): Finding {
  const evidence = ["running, not ready yet"];
  const again = statuses.find((status) => !status.ready && status.restartCount > 0);
  const before = again && explainExit(pod, again);
  if (before) return { ...before, cause: "NotReady", evidence: [...evidence, ...before.evidence] };
  const remedy = "check its log: its readiness probe has not succeeded yet";
  return { cause: "NotReady", where: whereOf(pod), evidence, remedy };
}

/** The first gate that holds the pod up, or how it ended; undefined when it is ready or has ended well. */
export function explainPod(pod: Pod, context: Context = {}): Finding | undefined {
  const { events = [], pods = [] } = context;
  const { phase, conditions = [], initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const where = whereOf(pod);
  const statuses = [...initContainerStatuses, ...containerStatuses];
  if (phase === "Succeeded") return undefined;
  if (phase === "Failed") return explainEnd(pod, statuses);
  if (pod.metadata.deletionTimestamp) return { cause: "Terminating", where, evidence: ["terminating"] };
  const scheduled = conditions.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False")
    return explainSchedule(pod, scheduled.message ?? "", { nodes: context.nodes ?? [], placed: context.placed });
  const waits = statuses.map((status) => explainWaiting(pod, status)).filter((wait) => wait !== undefined);
  const held = waits[0] ?? (phase === "Running" ? undefined : explainVolume(pod, events)) ?? explainInit(pod, pods);
  if (held) return held;
  if (phase !== "Running")
    return { cause: "Starting", where, evidence: [scheduled ? "starting" : "waiting for the scheduler"] };
  if (conditions.find(({ type }) => type === "Ready")?.status === "True") return undefined;
  return explainUnready(pod, containerStatuses);
}

/** A kill for memory within the container leaves no trace in its status, nor need it be the end of it: an event tells. */
function withMemory(pod: Pod, finding: Finding | undefined, events: readonly CoreEvent[]): Finding | undefined {
  if (finding?.cause === "OutOfMemory") return finding;
  const event = events.findLast(
    ({ reason = "", involvedObject }) => /OOM|OutOfMemory/.test(reason) && involvedObject.name === pod.metadata.name,
  );
  if (!event || pod.status?.phase === "Succeeded") return finding;
  const goesOn = finding || pod.status?.phase !== "Running" ? [] : ["the container continues without that process"];
  const evidence = [`${event.reason}: ${event.message ?? ""}`, ...goesOn, ...(finding?.evidence ?? [])];
  return { ...finding, cause: "OutOfMemory", where: whereOf(pod), evidence, remedy: memoryRemedy };
}

/** Findings of all pods, those that need a person first. */
export const explainPods = (pods: readonly Pod[], context: Context = {}): readonly Finding[] =>
  inOrder(
    pods
      .map((pod) => withMemory(pod, explainPod(pod, { pods, ...context }), context.events ?? []))
      .filter((finding) => finding !== undefined),
  );
