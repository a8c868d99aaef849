/**
 * Why a pod, or an experiment, is not running yet: read from the objects alone. Pure.
 * One reason a pod, in the order of the gates it passes: scheduling, image, init, start, readiness.
 */
import type { ContainerStatus, Pod } from "../api/core/pod.ts";

export type Gate = "Scheduling" | "Image" | "Config" | "Init" | "Start" | "CrashLoop" | "Readiness" | "Terminating";

export interface Wait {
  readonly pod: string;
  readonly gate: Gate;
  readonly reason: string;
  readonly message: string;
  /** What to do about it, where there is something to do. */
  readonly remedy?: string;
}

const imageReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
]);
const configReasons = new Set(["CreateContainerConfigError", "CreateContainerError", "RunContainerError"]);

function containerWait(pod: string, status: ContainerStatus): Wait | undefined {
  const { reason = "", message = "" } = status.state?.waiting ?? {};
  if (imageReasons.has(reason)) {
    const remedy = `check the image name \`${status.image}\` and that this machine can make or pull it`;
    return { pod, gate: "Image", reason, message: message || `cannot get image ${status.image}`, remedy };
  }
  if (configReasons.has(reason)) return { pod, gate: "Config", reason, message };
  if (reason === "CrashLoopBackOff") {
    const last = status.lastState?.terminated;
    const code = last ? ` (last exit code ${last.exitCode}${last.reason ? `, ${last.reason}` : ""})` : "";
    return {
      pod,
      gate: "CrashLoop",
      reason,
      message: `container ${status.name} keeps ending${code}; ${status.restartCount} restarts`,
      remedy: `read what it printed last: windlass logs --pod ${pod} --previous`,
    };
  }
  if (reason === "Pulling" || /pull/i.test(message))
    return { pod, gate: "Image", reason: "Pulling", message: message || "preparing the image" };
  return undefined;
}

function initWait(pod: Pod, name: string): Wait | undefined {
  const init = pod.status?.initContainerStatuses?.find((status) => status.state?.running && status.ready !== true);
  if (!init) return undefined;
  const message =
    init.name === "wait-gcs-ready"
      ? "waiting for the head's GCS to answer"
      : `init container ${init.name} is still running`;
  return { pod: name, gate: "Init", reason: init.name, message };
}

/** The first gate that holds the pod up; undefined when it is ready or has ended. */
export function explainPod(pod: Pod): Wait | undefined {
  const name = pod.metadata.name ?? "";
  const { phase, conditions = [] } = pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed") return undefined;
  if (pod.metadata.deletionTimestamp)
    return { pod: name, gate: "Terminating", reason: "Terminating", message: "being stopped" };
  const scheduled = conditions.find((condition) => condition.type === "PodScheduled");
  if (scheduled?.status === "False") {
    return {
      pod: name,
      gate: "Scheduling",
      reason: scheduled.reason ?? "Unschedulable",
      message: scheduled.message ?? "",
    };
  }
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const wait = containerWait(name, status);
    if (wait) return wait;
  }
  const init = initWait(pod, name);
  if (init) return init;
  if (phase !== "Running") {
    return {
      pod: name,
      gate: "Start",
      reason: phase ?? "Pending",
      message: scheduled ? "starting" : "waiting for the scheduler",
    };
  }
  const ready = conditions.find((condition) => condition.type === "Ready");
  if (ready?.status === "True") return undefined;
  return { pod: name, gate: "Readiness", reason: ready?.reason ?? "NotReady", message: "running, not ready yet" };
}

const severity: readonly Gate[] = [
  "Config",
  "CrashLoop",
  "Image",
  "Scheduling",
  "Init",
  "Start",
  "Readiness",
  "Terminating",
];

/** Waits of all pods, those that need a person first. */
export function explainPods(pods: readonly Pod[]): readonly Wait[] {
  const waits = pods.map(explainPod).filter((wait): wait is Wait => wait !== undefined);
  return waits.sort((a, b) => severity.indexOf(a.gate) - severity.indexOf(b.gate));
}
